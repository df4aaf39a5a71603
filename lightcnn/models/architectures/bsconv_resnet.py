"""Residual network of blueprint convolutions with the activation behind the sum: the most accuracy for 30,000 parameters here.

source     blocks and shortcuts: He et al. 2016, arXiv:1512.03385, figure 2; convolutions: Haase and Amthor 2020, arXiv:2003.13549,
           section 3.2 (BSConv-U); average pooling before a shrinking shortcut: He et al. 2019, arXiv:1812.01187, figure 2c (ResNet-D)
differs    no attention, which gained nothing and takes the network out of ONNX Runtime's blocked layout; widths are multiples of 16 for
           the same reason; weights begin as in He et al. 2015, pointwise ones by fan-out, depthwise ones by fan-in
cost       29,466 parameters as it stands for 32x32x3 and ten classes, BatchNorm counted
example    depths: [4, 3, 2]
conflicts  nothing
"""

from collections import OrderedDict
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, slot
from lightcnn.core.types import Shape
from lightcnn.models.architectures._block import Block, padded, projection

SHORTCUTS = {"padded": padded, "projection": projection}


class Config(StrictModel):
    """One section an entry of `widths`, with as many blocks as `depths` has for it; the second and later sections halve the map.

    `shortcut` says what a shortcut does where the number of channels changes, after average pooling: a learnt 1x1, or zeros for new channels.
    """

    widths: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((16, 32, 64), min_length=1, max_length=5)
    depths: tuple[Annotated[int, Field(ge=1, le=50)], ...] = Field((4, 3, 2), min_length=1, max_length=5)
    shortcut: Literal["padded", "projection"] = "padded"
    conv: Annotated[Component[nn.Module], slot("convs")] = Field({"name": "bsconv"}, validate_default=True)
    head: Annotated[Component[nn.Module], slot("heads")] = Field({"name": "gap"}, validate_default=True)

    @model_validator(mode="after")
    def _as_many_depths_as_widths(self) -> Self:
        if len(self.depths) != len(self.widths):
            raise ValueError(f"{len(self.widths)} widths and {len(self.depths)} depths: give one depth for each width")
        return self


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups stem, section1 .. sectionN, head."""
    groups: OrderedDict[str, nn.Module] = OrderedDict()
    width = config.widths[0]
    groups["stem"] = nn.Sequential(nn.Conv2d(shape.channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    for number, (channels, depth) in enumerate(zip(pairwise((width, *config.widths)), config.depths, strict=True), 1):
        groups[f"section{number}"] = _section(config, *channels, 1 if number == 1 else 2, depth)
    side = -(-shape.size // 2 ** (len(config.widths) - 1))
    groups["head"] = config.head.build(config.widths[-1], side, shape.classes)
    network = nn.Sequential(groups)
    network.apply(_initialise)
    return network


def _section(config: Config, channels_in: int, channels_out: int, stride: int, depth: int) -> nn.Sequential:
    shortcut = SHORTCUTS[config.shortcut](channels_in, channels_out, stride)
    rest = (Block(channels_out, channels_out, 1, config.conv, shortcut=nn.Identity()) for _ in range(depth - 1))
    return nn.Sequential(Block(channels_in, channels_out, stride, config.conv, shortcut=shortcut), *rest)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out" if module.groups == 1 else "fan_in", nonlinearity="relu")
