"""Heads: from the last feature map to logits."""
