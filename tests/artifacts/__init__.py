"""Tests of lightcnn/artifacts."""
