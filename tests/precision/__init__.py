"""Tests of lightcnn/precision."""
