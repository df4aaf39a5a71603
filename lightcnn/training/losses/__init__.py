"""Criteria: logits against soft targets."""
