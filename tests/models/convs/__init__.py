"""Tests of lightcnn/models/convs."""
