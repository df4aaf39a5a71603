"""Tests of lightcnn/training/schedules."""
