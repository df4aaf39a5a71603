"""The forms in which a trained network leaves the project."""
