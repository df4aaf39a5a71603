"""Tests of lightcnn/training/losses."""
