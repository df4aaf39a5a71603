"""Predictions of a shipped model on any image: what needs neither torch nor a checkout of the project."""
