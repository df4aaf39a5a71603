"""lightcnn: train, measure and ship the best image classifier that fits in 30,000 parameters."""
