"""Criteria: logits against soft targets; each is built for the number of training images of each class."""
