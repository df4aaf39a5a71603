"""Disturbances of a network in training, whose strength may change from step to step."""
