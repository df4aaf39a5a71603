"""Augmentations of stored pixels: images in, images out, targets untouched."""
