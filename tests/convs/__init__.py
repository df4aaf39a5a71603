"""Tests of lightcnn/convs."""
