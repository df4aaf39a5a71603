"""Tests of lightcnn/search/study."""
