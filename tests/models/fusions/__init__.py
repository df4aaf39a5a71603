"""Tests of lightcnn/models/fusions."""
