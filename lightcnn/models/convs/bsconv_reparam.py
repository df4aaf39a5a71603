"""Blueprint convolution that trains wide and runs narrow: its parallel and stacked linear layers fold away at export.

id         A2c
source     pointwise: Guo et al. 2020, arXiv:1811.10495 (ExpandNets); depthwise: Vasu et al. 2022, arXiv:2206.04040, section 3.2
           (MobileOne), after Ding et al. 2021, arXiv:2101.03697 (RepVGG)
differs    no 1x1 branch beside the identity: per channel, and with BatchNorm behind it, it is the same; the identity takes every
           second pixel where the map shrinks, instead of being left out
cost       folded cd + 10d parameters for c to d channels; in training ed(c + d) + (11b + 2)d for expansion e and b branches,
           and b depthwise convolutions and b + 1 BatchNorms instead of one of each
example    branches: 3, expansion: 4
conflicts  nothing
"""

import copy
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import fuse_conv_bn_eval, skip_init

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """`branches` 3x3 kernels a channel are summed; between the pointwise layers there are `expansion` times the channels that come out."""

    branches: int = Field(3, ge=1, le=16)
    expansion: int = Field(4, ge=1, le=64)


class Wide(nn.Module):
    """Two pointwise layers, then a sum of depthwise 3x3 convolutions and the identity, each with its BatchNorm; no activation."""

    def __init__(self, channels_in: int, channels_out: int, stride: int, branches: int, expansion: int) -> None:
        super().__init__()
        self.expand = nn.Linear(channels_in, expansion * channels_out, bias=False)
        self.contract = nn.Linear(expansion * channels_out, channels_out, bias=False)
        self.branches: Any = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, groups=channels_out, bias=False), nn.BatchNorm2d(channels_out)
            )
            for _ in range(branches)
        )
        self.identity, self.stride = nn.BatchNorm2d(channels_out), stride

    def pointwise_kernel(self) -> Tensor:
        """Both pointwise layers as one, [channels_out channels_in 1 1]."""
        return (self.contract.weight @ self.expand.weight)[..., None, None]

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride]."""
        # The weights are multiplied, not the maps: the same values and gradients, as nothing stands between, at the cost of one layer.
        mixed = functional.conv2d(feature_map, self.pointwise_kernel())
        return sum((branch(mixed) for branch in self.branches), self.identity(mixed[..., :: self.stride, :: self.stride]))

    @torch.no_grad()
    def reparameterized(self) -> nn.Sequential:
        """What it is in evaluation mode: a pointwise and a depthwise 3x3 convolution with a bias."""
        centre = copy.deepcopy(self.branches[0][0])
        nn.init.dirac_(centre.weight, groups=centre.groups)
        depthwise, *more = (fuse_conv_bn_eval(conv, norm) for conv, norm in (*self.branches, (centre, self.identity)))
        for other in more:
            depthwise.weight += other.weight
            depthwise.bias += other.bias
        pointwise = skip_init(nn.Conv2d, self.expand.in_features, self.contract.out_features, 1, bias=False)
        pointwise.weight = nn.Parameter(self.pointwise_kernel())
        return nn.Sequential(pointwise, depthwise)


def build(config: Config, channels_in: int, channels_out: int, stride: int) -> Wide:
    """The convolution as it trains; lightcnn/models/reparameterize.py folds it."""
    return Wide(channels_in, channels_out, stride, config.branches, config.expansion)
