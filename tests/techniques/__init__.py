"""Tests of lightcnn/techniques/catalog."""
