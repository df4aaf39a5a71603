"""Tests of lightcnn/reporting."""
