"""Stochastic gradient descent with momentum.

source     Sutskever et al. 2013; torch.optim.SGD
differs    no decay on biases and BatchNorm
cost       one number of state a parameter
example    lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 2e-4
conflicts  nothing
"""

from typing import Self

from pydantic import Field, model_validator
from torch import nn
from torch.optim import SGD

from lightcnn.core.config import StrictModel
from lightcnn.training.optim._param_groups import param_groups_weight_decay


class Config(StrictModel):
    """`lr` is the peak rate, which the schedule scales."""

    lr: float = Field(0.1, gt=0, le=100)
    momentum: float = Field(0.9, ge=0, lt=1)
    nesterov: bool = True
    weight_decay: float = Field(2e-4, ge=0, le=10)

    @model_validator(mode="after")
    def _look_ahead_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov: true needs a momentum above 0")
        return self


def build(config: Config, model: nn.Module) -> SGD:
    """The optimizer over what of `model` learns."""
    groups = param_groups_weight_decay(model, config.weight_decay)
    return SGD(groups, config.lr, config.momentum, nesterov=config.nesterov, fused=True)
