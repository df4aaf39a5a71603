"""Tests of lightcnn/attention."""
