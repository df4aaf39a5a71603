"""Optimizers, stepping by closure."""
