"""What a trained network is worth: predictions, metrics, intervals, inference methods."""
