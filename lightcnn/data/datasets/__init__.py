"""Data sets: one room each, and what they share."""
