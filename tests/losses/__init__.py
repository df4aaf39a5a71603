"""Tests of lightcnn/losses."""
