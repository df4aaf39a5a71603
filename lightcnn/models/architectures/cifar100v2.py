"""Cifar100v2: Fire modules instead of most 3x3 convolutions, as in SqueezeNet.

source     the same project as cifar100v1; Iandola et al. 2016, arXiv:1602.07360
counts     1,283,684 parameters for 32x32x3 and 100 classes, 85.8 M multiply-adds
differs    nothing
"""

from collections import OrderedDict

from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape
from lightcnn.models.architectures._squeezed import activated, fire, require_three_halvings

FACTS = ("no_residual_blocks",)


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, shape: Shape) -> nn.Sequential:  # noqa: ARG001
    """A branch with the groups stem, section1, section2, head.

    Raises:
        ValueError: where images are smaller than 8 pixels.
    """
    require_three_halvings(shape)
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(activated(shape.channels, 96), nn.MaxPool2d(2)),
            section1=nn.Sequential(fire(96, 16, 32), fire(64, 16, 32), fire(64, 16, 64), nn.MaxPool2d(2)),
            section2=nn.Sequential(fire(128, 16, 128), activated(256, 512), nn.MaxPool2d(2)),
            head=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, shape.classes)),
        )
    )
