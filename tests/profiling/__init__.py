"""Tests of lightcnn/profiling."""
