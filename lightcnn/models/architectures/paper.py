"""The paper's sub-model: two valid 3x3 convolutions with pooling, and a dense head.

source     Isong 2025, arXiv:2501.15547; the graph as in its public notebook
counts     6,930 parameters for 28x28x1 and ten classes, 9,310 for 32x32x3
differs    stage 2 re-casts the Dense head as a convolution over the whole map: the same function, so it stays a Linear layer here
"""

from collections import OrderedDict
from typing import Annotated

from pydantic import Field
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Shape

FACTS = ("fixed_input_size", "no_residual_blocks")


class Config(StrictModel):
    """Channels of the two convolutions."""

    channels: tuple[Annotated[int, Field(ge=1, le=1024)], Annotated[int, Field(ge=1, le=1024)]] = (10, 20)


def build(config: Config, shape: Shape) -> nn.Sequential:
    """A branch with the groups conv1, conv2, head.

    Raises:
        ValueError: where the images are smaller than 10 pixels, so that nothing is left after the second pooling.
    """
    side = ((shape.size - 2) // 2 - 2) // 2
    if side < 1:
        raise ValueError(f"images of {shape.size} pixels are too small for the paper's network, which needs 10")
    first, second = config.channels
    dense = nn.Linear(second * side**2, shape.classes)
    nn.init.xavier_uniform_(dense.weight)  # Keras' default, as in the notebook
    nn.init.zeros_(dense.bias)
    return nn.Sequential(
        OrderedDict(
            conv1=_convolution(shape.channels, first),
            conv2=_convolution(first, second),
            head=nn.Sequential(nn.Flatten(), dense),
        )
    )


def _convolution(channels_in: int, channels_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels_in, channels_out, 3)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    # Pooling before ReLU gives the same values as after it, on a quarter of the pixels.
    return nn.Sequential(convolution, nn.MaxPool2d(2), nn.ReLU(inplace=True))
