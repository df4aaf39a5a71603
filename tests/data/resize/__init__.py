"""Tests of lightcnn/data/resize."""
