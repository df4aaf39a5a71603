"""Batch normalisation written out."""

from torch import Tensor, nn


def normalised(conv: nn.Sequential, feature_map: Tensor) -> Tensor:
    """By the statistics and weights of the last layer of `conv`."""
    norm = conv[-1]
    mean, var, scale, shift = (value.reshape(1, -1, 1, 1) for value in (norm.running_mean, norm.running_var, norm.weight, norm.bias))
    return (feature_map - mean) / (var + 1e-5).sqrt() * scale + shift
