"""lightcnn: the best image classifier that fits in 30,000 parameters, and its proof."""
