"""Tests of lightcnn/training/distill."""
