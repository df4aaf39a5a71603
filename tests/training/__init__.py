"""Tests of lightcnn/training."""
