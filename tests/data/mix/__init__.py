"""Tests of lightcnn/data/mix."""
