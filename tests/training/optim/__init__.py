"""Tests of lightcnn/training/optim."""
