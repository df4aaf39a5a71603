"""Architectures: each builds one branch, an nn.Sequential of named groups from input to logits."""
