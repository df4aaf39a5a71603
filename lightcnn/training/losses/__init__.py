"""Losses of logits against soft targets."""
