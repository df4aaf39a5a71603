"""Cifar100v1: six plain convolutions and a dense head on the whole last map, the CNN that the others are set beside.

source     the first of five networks of a public project on SqueezeNet and ResNet hybrids for CIFAR-100
counts     7,856,868 parameters for 32x32x3 and 100 classes, 1,516.8 M multiply-adds
differs    nothing; `width` scales all channels
"""

from collections import OrderedDict

from pydantic import Field
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape
from lightcnn.models.architectures._squeezed import activated

FACTS = ("fixed_input_size", "no_residual_blocks")


class Config(StrictModel):
    """`width` multiplies the channels of each convolution."""

    width: float = Field(1.0, gt=0, le=4)


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups section1 .. section3, head."""
    narrow, middle, wide = (max(1, round(config.width * channels)) for channels in (128, 256, 512))
    side = shape.size // 4
    return nn.Sequential(
        OrderedDict(
            section1=nn.Sequential(activated(shape.channels, narrow), activated(narrow, narrow)),
            section2=nn.Sequential(activated(narrow, middle), nn.MaxPool2d(2), activated(middle, middle)),
            section3=nn.Sequential(activated(middle, wide), activated(wide, wide), nn.MaxPool2d(2)),
            head=nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(wide * side**2, shape.classes)),
        )
    )
