"""Data sets: one component each, and what they share."""
