"""Augmentations that mix two images and their targets."""
