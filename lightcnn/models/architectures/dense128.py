"""The variant in circulation under the paper's name: 'same' convolutions and a hidden dense layer of 128.

source     public re-implementations of arXiv:2501.15547; not the paper's graph
counts     167,358 parameters for 32x32x3 and ten classes with 'same' padding, 95,678 with 'valid': far over the limit
"""

from collections import OrderedDict
from typing import Literal

from pydantic import Field
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape

FACTS = ("fixed_input_size", "no_residual_blocks")


class Config(StrictModel):
    """`hidden` is the width of the dense layer, `dropout` the rate after it."""

    padding: Literal["same", "valid"] = "same"
    hidden: int = Field(128, ge=1, le=4096)
    dropout: float = Field(0.3, ge=0, lt=1)


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups conv1, conv2, dense, head.

    Raises:
        ValueError: where the images are so small that nothing is left after the second pooling.
    """
    lost, needed = (0, 4) if config.padding == "same" else (2, 10)
    if shape.size < needed:
        raise ValueError(f"images of {shape.size} pixels are too small for this network, which needs {needed}")
    side = ((shape.size - lost) // 2 - lost) // 2
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Sequential(nn.Conv2d(shape.channels, 10, 3, padding=config.padding), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
            conv2=nn.Sequential(nn.Conv2d(10, 20, 3, padding=config.padding), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
            dense=nn.Sequential(nn.Flatten(), nn.Linear(20 * side**2, config.hidden), nn.ReLU(inplace=True)),
            head=nn.Sequential(nn.Dropout(config.dropout), nn.Linear(config.hidden, shape.classes)),
        )
    )
