"""Tests of lightcnn/distill."""
