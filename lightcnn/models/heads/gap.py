"""Global average pooling and a 1x1 classification head.

id         A5
source     Lin et al. 2014, arXiv:1312.4400, section 3.2
differs    the 1x1 layer stands after the pooling: the same logits, as both are linear, for a fraction of the work
cost       c x classes + classes parameters for c channels
example    name: gap
conflicts  nothing
"""

from torch import nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, channels: int, side: int, classes: int) -> nn.Sequential:  # noqa: ARG001
    """[batch channels side side] to logits."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, classes, 1), nn.Flatten())
