"""Tests of lightcnn/averaging."""
