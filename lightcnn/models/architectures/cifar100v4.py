"""Cifar100v4: plain 3x3 convolutions with residual blocks of two 1x1 convolutions between them.

source     the same project as cifar100v1; He et al. 2016, arXiv:1512.03385
counts     3,235,460 parameters for 32x32x3 and 100 classes, 318.6 M multiply-adds
differs    nothing
"""

from collections import OrderedDict

from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape
from lightcnn.models.architectures._squeezed import Bypass, activated, convolution, require_three_halvings

FACTS = ("fixed_input_size", "no_residual_blocks")
"""None that stochastic depth knows."""


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, shape: Shape) -> nn.Sequential:  # noqa: ARG001
    """A branch with the groups section1 .. section3, head.

    Raises:
        ValueError: where images are smaller than 8 pixels.
    """
    require_three_halvings(shape)
    side = shape.size // 8
    return nn.Sequential(
        OrderedDict(
            section1=nn.Sequential(activated(shape.channels, 96), activated(96, 96), nn.MaxPool2d(2), *_residual(96)),
            section2=nn.Sequential(activated(96, 128), activated(128, 256), nn.MaxPool2d(2), *_residual(256)),
            section3=nn.Sequential(activated(256, 256), activated(256, 512), nn.MaxPool2d(2), nn.Dropout(0.2)),
            head=nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(512 * side**2, shape.classes)),
        )
    )


def _residual(channels: int) -> tuple[nn.Module, nn.Module]:
    """Two 1x1 convolutions and the map itself, then ReLU."""
    body = nn.Sequential(activated(channels, channels, 1), convolution(channels, channels, 1), nn.BatchNorm2d(channels))
    return Bypass(body), nn.ReLU(inplace=True)
