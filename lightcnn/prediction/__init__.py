"""Predictions of a shipped model, without torch and without a checkout."""
