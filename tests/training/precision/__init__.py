"""Tests of lightcnn/training/precision."""
