"""Convolutions that blocks are built of."""
