"""Tests of lightcnn/augment."""
