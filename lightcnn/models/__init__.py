"""Architectures, their parts, and fusions of two networks."""
