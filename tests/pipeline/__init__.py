"""Tests of lightcnn/pipeline."""
