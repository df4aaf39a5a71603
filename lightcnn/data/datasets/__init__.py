"""Data sets, one component each."""
