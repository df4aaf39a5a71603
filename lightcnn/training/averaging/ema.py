"""Exponential moving average of the weights: what is evaluated and kept instead of the last step's.

source     Polyak and Juditsky 1992; with Adam's correction for a short history as in tf.train.ExponentialMovingAverage
differs    BatchNorm's statistics are averaged like the weights
cost       one fused lerp a step
example    decay: 0.999
conflicts  nothing
"""

import copy

import torch
from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel


class Config(StrictModel):
    """`decay` is the share of the old average that stays at each step, once enough steps were made."""

    decay: float = Field(0.999, ge=0, lt=1)


class Average:
    """A copy of `model` that trails behind it."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay, self.steps = copy.deepcopy(model), decay, 0
        self.pairs = list(zip(_floats(self.model), _floats(model), strict=True))

    @torch.no_grad()
    def update(self) -> None:
        """Move towards what the model is now."""
        self.steps += 1
        share = 1 - min(self.decay, self.steps / (self.steps + 9))
        torch._foreach_lerp_([mean for mean, _ in self.pairs], [now for _, now in self.pairs], share)


def build(config: Config, model: nn.Module) -> Average:
    """An average that begins at what `model` is now."""
    return Average(model, config.decay)


def _floats(model: nn.Module) -> list[Tensor]:
    return [value.detach() for value in model.state_dict(keep_vars=True).values() if value.is_floating_point()]
