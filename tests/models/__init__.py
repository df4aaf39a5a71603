"""Tests of lightcnn/models."""
