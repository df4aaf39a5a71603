"""Tests of lightcnn/optim."""
