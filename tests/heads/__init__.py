"""Tests of lightcnn/heads."""
