"""Training on images of another size."""
