"""Training on images of another size than the network is for."""
