"""Tests of lightcnn/inference."""
