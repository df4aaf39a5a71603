"""Predictions, metrics, intervals, Grad-CAM and inference methods of trained networks."""
