"""Inference methods for trained networks, fitted only on the validation split and reported apart."""
