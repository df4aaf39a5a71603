"""Tests of lightcnn/fusions."""
