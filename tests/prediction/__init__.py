"""Tests of lightcnn/core."""
