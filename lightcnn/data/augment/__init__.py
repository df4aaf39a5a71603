"""Augmentations of stored pixels; targets stay as they are."""
