"""A dense head on the whole last map, to compare global average pooling with.

source     LeCun et al. 1998, as in the paper's network
differs    nothing
cost       c x side^2 x classes + classes parameters for c channels
example    name: flatten
conflicts  nothing
"""

from torch import nn

from lightcnn.core.config import StrictModel

FACTS = ("fixed_input_size",)


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, channels: int, side: int, classes: int) -> nn.Sequential:  # noqa: ARG001
    """[batch channels side side] to logits."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * side**2, classes))
