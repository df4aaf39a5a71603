"""MLPerf Tiny's ResNet-8, which makers of edge devices measure themselves by.

source     Banbury et al. 2021, arXiv:2106.07597; the graph of https://github.com/mlcommons/tiny, image classification
counts     78,186 parameters for 32x32x3 and ten classes
differs    weights begin as in He et al. 2015 everywhere; the convolutions keep the biases that the reference has
"""

from collections import OrderedDict
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape

FACTS = ("no_residual_blocks",)


class Config(StrictModel):
    """One width and so one block an entry of `widths`; the second and later ones halve the map."""

    widths: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((16, 32, 64), min_length=1, max_length=5)


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(channels_in, channels_out, stride), nn.ReLU(inplace=True), *_convolution(channels_out, channels_out)
        )
        is_same = channels_in == channels_out and stride == 1
        self.shortcut = nn.Identity() if is_same else _he(nn.Conv2d(channels_in, channels_out, 1, stride))

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride]."""
        return (self.body(feature_map) + self.shortcut(feature_map)).relu_()


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups stem, block1 .. blockN, head."""
    first, last = config.widths[0], config.widths[-1]
    groups: OrderedDict[str, nn.Module] = OrderedDict()
    groups["stem"] = nn.Sequential(*_convolution(shape.channels, first), nn.ReLU(inplace=True))
    for number, (before, width) in enumerate(pairwise((first, *config.widths)), 1):
        groups[f"block{number}"] = Block(before, width, 1 if number == 1 else 2)
    groups["head"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), _he(nn.Linear(last, shape.classes)))
    return nn.Sequential(groups)


def _convolution(channels_in: int, channels_out: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    return _he(nn.Conv2d(channels_in, channels_out, 3, stride, padding=1)), nn.BatchNorm2d(channels_out)


def _he(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
