"""Tests of lightcnn/models/heads."""
