"""Tests of lightcnn/data/image_folder."""
