"""Cifar100v5: plain 3x3 convolutions with a Fire module between each pair; its project calls it a hybrid, and it has no shortcut.

source     the same project as cifar100v1; Iandola et al. 2016, arXiv:1602.07360
counts     3,657,440 parameters for 32x32x3 and 100 classes, 432.4 M multiply-adds
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
    """A branch with the groups section1 .. section3, head.

    Raises:
        ValueError: where images are smaller than 8 pixels.
    """
    require_three_halvings(shape)
    return nn.Sequential(
        OrderedDict(
            section1=nn.Sequential(activated(shape.channels, 96), fire(96, 12, 48), activated(96, 128), *_shrink()),
            section2=nn.Sequential(activated(128, 128), fire(128, 12, 64), activated(128, 256), *_shrink()),
            section3=nn.Sequential(activated(256, 256), fire(256, 28, 256), activated(512, 512), *_shrink()),
            head=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, shape.classes)),
        )
    )


def _shrink() -> tuple[nn.Module, nn.Module]:
    return nn.Dropout(0.2), nn.MaxPool2d(2)
