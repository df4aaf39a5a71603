"""Tests of lightcnn/regularize."""
