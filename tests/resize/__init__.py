"""Tests of lightcnn/resize."""
