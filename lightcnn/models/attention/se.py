"""Squeeze-and-excitation: scale each channel by what the whole map says of it.

id         A3
source     Hu et al. 2018, arXiv:1709.01507, section 3
differs    the hidden width is given outright: a sixteenth of 16 channels would be one
cost       2ch + c + h parameters for c channels, hidden width h
example    hidden: 4
conflicts  nothing
"""

from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """`hidden` is the width of the bottleneck, in channels."""

    hidden: int = Field(4, ge=4, le=1024)


class SqueezeExcite(nn.Module):
    """Average over the map, two 1x1 convolutions, a sigmoid, and the product with the map."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1), nn.Sigmoid())

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channel height width], shape kept."""
        # Not mean(): its gradient would be written out for every pixel, a twentieth of the whole step.
        average = feature_map.sum((2, 3), keepdim=True) * (1 / feature_map[0, 0].numel())
        return feature_map * self.gate(average)


def build(config: Config, channels: int) -> SqueezeExcite:
    """Attention for a map of `channels`."""
    return SqueezeExcite(channels, config.hidden)
