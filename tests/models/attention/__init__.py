"""Tests of lightcnn/models/attention."""
