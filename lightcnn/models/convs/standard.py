"""The plain 3x3 convolution, to compare the cheap ones with.

source     He et al. 2016, arXiv:1512.03385
differs    nothing
cost       9cd weights for c to d channels
example    name: standard
conflicts  nothing
"""

from torch import nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:  # noqa: ARG001
    """3x3 with the stride, BatchNorm; no activation."""
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(channels_out))
