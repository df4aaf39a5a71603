"""CBAM, light: scale each channel, then each place, by what averages and maxima say of it.

id         A4
source     Woo et al. 2018, arXiv:1807.06521, section 3; BatchNorm before the last sigmoid as in the authors' code
differs    the hidden width is given outright; a 3x3 kernel looks over the map instead of 7x7, which spans most of a map of 8
cost       2ch + 2k^2 + 2 parameters for c channels, hidden width h, kernel k
example    hidden: 4, kernel: 3
conflicts  nothing
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """`hidden` is the width of the bottleneck, in channels; `kernel` the side of the spatial attention's, in pixels."""

    hidden: int = Field(4, ge=4, le=1024)
    kernel: Literal[3, 7] = 3


class Cbam(nn.Module):
    """Channel attention, whose two poolings share two 1x1 convolutions, then spatial attention."""

    def __init__(self, channels: int, hidden: int, kernel: int) -> None:
        super().__init__()
        self.channel = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False), nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1, bias=False)
        )
        self.spatial = nn.Sequential(nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(1))

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channel height width], shape kept."""
        average, peak = feature_map.mean((2, 3), keepdim=True), feature_map.amax((2, 3), keepdim=True)
        feature_map = feature_map * torch.sigmoid(self.channel(average) + self.channel(peak))
        seen = torch.cat([feature_map.mean(1, keepdim=True), feature_map.amax(1, keepdim=True)], 1)
        return feature_map * torch.sigmoid(self.spatial(seen))


def build(config: Config, channels: int) -> Cbam:
    """Attention for a map of `channels`."""
    return Cbam(channels, config.hidden, config.kernel)
