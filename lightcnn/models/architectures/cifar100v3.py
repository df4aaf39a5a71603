"""Cifar100v3: Fire modules with simple bypasses, by a bare 1x1 projection where the width changes.

source     the same project as cifar100v1; bypasses as in Iandola et al. 2016, arXiv:1602.07360, section 6
counts     2,847,476 parameters for 32x32x3 and 100 classes, 54 M multiply-adds; 91,744 of them are of a Fire module that is built
           and never called, as in the source
differs    nothing
"""

from collections import OrderedDict

from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape
from lightcnn.models.architectures._squeezed import Bypass, Uncalled, activated, fire, require_three_halvings

FACTS = ("no_residual_blocks",)
"""None that stochastic depth knows."""


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, shape: Shape) -> nn.Sequential:  # noqa: ARG001
    """A branch with the groups stem, section1 .. section3, head.

    Raises:
        ValueError: where images are smaller than 8 pixels.
    """
    require_three_halvings(shape)
    widened = Bypass(fire(64, 8, 48), nn.Conv2d(64, 96, 1))
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(activated(shape.channels, 64), nn.MaxPool2d(2)),
            section1=nn.Sequential(Bypass(fire(64, 8, 32)), widened, fire(96, 16, 48), nn.MaxPool2d(2)),
            section2=nn.Sequential(Bypass(fire(96, 16, 64), nn.Conv2d(96, 128, 1)), fire(128, 32, 128), nn.MaxPool2d(2)),
            section3=nn.Sequential(
                Bypass(fire(256, 32, 128), nn.Conv2d(256, 256, 1)),
                Uncalled(fire(256, 32, 256)),
                nn.Conv2d(256, 512, 1),
                activated(512, 512),
            ),
            head=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, shape.classes)),
        )
    )
