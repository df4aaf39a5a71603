"""Residual blocks of cheap convolutions with attention: one backbone whose parts are switched by name.

id         A1
source     He et al. 2016, arXiv:1512.03385; widths as in a WRN-16 (arXiv:1605.07146) with a narrow last section;
           a stem of stride 2 or 4 as in PVTv2 (arXiv:2106.13797, section 3.2): its kernel overlaps, 2 x stride - 1 pixels
differs    the shortcut of a shrinking block has no weights (average pooling, new channels zero: their option A); BatchNorm
           follows each convolution, so that it folds away at export
cost       14,300 parameters as it stands for 32x32x3 and ten classes; a pair and its fusion stay under 30,000
example    residual: true
conflicts  nothing
"""

from collections import OrderedDict
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, slot
from lightcnn.core.types import Shape
from lightcnn.models.architectures._block import Block, padded


class Config(StrictModel):
    """One width and so one section an entry of `widths` (the second and later ones halve the map), `depth` blocks each.

    `stem_stride` shrinks large images before the first section.
    """

    stem_stride: Literal[1, 2, 4] = 1
    widths: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((16, 32, 32), min_length=1, max_length=5)
    depth: int = Field(2, ge=1, le=50)
    residual: bool = True
    conv: Annotated[Component[nn.Module], slot("convs")] = Field({"name": "depthwise_separable"}, validate_default=True)
    attention: Annotated[Component[nn.Module], slot("attention")] | None = Field({"name": "se"}, validate_default=True)
    head: Annotated[Component[nn.Module], slot("heads")] = Field({"name": "gap"}, validate_default=True)


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups stem, section1 .. sectionN, head."""
    groups: OrderedDict[str, nn.Module] = OrderedDict()
    width = config.widths[0]
    stem = nn.Conv2d(shape.channels, width, kernel := max(3, 2 * config.stem_stride - 1), config.stem_stride, kernel // 2, bias=False)
    groups["stem"] = nn.Sequential(stem, nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    for number, (before, width) in enumerate(pairwise((config.widths[0], *config.widths)), 1):
        strides = [1 if number == 1 else 2] + [1] * (config.depth - 1)
        inputs = [before] + [width] * (config.depth - 1)
        groups[f"section{number}"] = nn.Sequential(
            *(_block(config, channels, width, stride) for channels, stride in zip(inputs, strides, strict=True))
        )
    side = -(-shape.size // (config.stem_stride * 2 ** (len(config.widths) - 1)))
    groups["head"] = config.head.build(width, side, shape.classes)
    return nn.Sequential(groups)


def _block(config: Config, channels_in: int, channels_out: int, stride: int) -> Block:
    shortcut = padded(channels_in, channels_out, stride) if config.residual else None
    return Block(channels_in, channels_out, stride, config.conv, config.attention, shortcut)
