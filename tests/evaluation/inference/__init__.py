"""Tests of lightcnn/evaluation/inference."""
