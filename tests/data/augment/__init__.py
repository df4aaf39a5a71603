"""Tests of lightcnn/data/augment."""
