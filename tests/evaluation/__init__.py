"""Tests of lightcnn/evaluation."""
