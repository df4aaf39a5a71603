"""Noise on a network in training, with a strength that may change from step to step."""
