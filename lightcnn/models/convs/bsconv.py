"""Blueprint separable convolution (BSConv-U): 1x1 across channels, then each channel by itself.

id         A2b
source     Haase and Amthor 2020, arXiv:2003.13549, section 3.2
differs    nothing
cost       cd + 9d weights for c to d channels
example    name: bsconv
conflicts  nothing
"""

from torch import nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:  # noqa: ARG001
    """Pointwise 1x1, depthwise 3x3 with the stride, BatchNorm; no activation."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 1, bias=False),
        nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, groups=channels_out, bias=False),
        nn.BatchNorm2d(channels_out),
    )
