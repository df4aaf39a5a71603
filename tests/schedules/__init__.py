"""Tests of lightcnn/schedules."""
