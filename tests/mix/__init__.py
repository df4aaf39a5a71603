"""Tests of lightcnn/mix."""
