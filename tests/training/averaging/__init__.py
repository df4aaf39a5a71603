"""Tests of lightcnn/training/averaging."""
