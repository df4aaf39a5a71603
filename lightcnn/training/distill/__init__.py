"""Losses of a student with a teacher."""
