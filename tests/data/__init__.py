"""Tests of lightcnn/data/datasets."""
