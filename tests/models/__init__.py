"""Tests of lightcnn/models/architectures."""
