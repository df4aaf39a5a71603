"""Tests of lightcnn/training/regularize."""
