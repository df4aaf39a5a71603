"""Depthwise separable convolution: each channel by itself, then 1x1 across channels.

id         A2
source     Howard et al. 2017, arXiv:1704.04861, section 3.1
differs    one BatchNorm after the pair, none and no ReLU between: fewer parameters at these widths
cost       9c + cd weights for c to d channels, against 9cd
example    name: depthwise_separable
conflicts  nothing
"""

from torch import nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:  # noqa: ARG001
    """Depthwise 3x3 with the stride, pointwise 1x1, BatchNorm; no activation."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_in, 3, stride, padding=1, groups=channels_in, bias=False),
        nn.Conv2d(channels_in, channels_out, 1, bias=False),
        nn.BatchNorm2d(channels_out),
    )
