"""Numeric precision of a training step."""
