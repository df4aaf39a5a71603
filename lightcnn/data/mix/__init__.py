"""Augmentations that mix images and their targets."""
