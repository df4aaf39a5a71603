"""Lookahead: after every k steps of another optimizer, go back to a share of the way that they led.

id         E3
source     Zhang et al. 2019, arXiv:1907.08610, algorithm 1
differs    scored are the weights as they stand at the end of an epoch, up to k - 1 steps ahead; the base keeps its momentum when they
           go back (the paper also tries without). Own code: timm's counts its start from the k-th step, and pytorch_optimizer is
           a package of 38,000 lines for these ten
cost       a second copy of the weights, and two fused operations every k steps
example    k: 5, alpha: 0.5, base_optimizer: {name: adamw, lr: 2e-3}
conflicts  nothing
"""

from typing import Annotated

import torch
from pydantic import Field, field_validator
from torch import nn
from torch.optim import Optimizer

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, components_in, slot


class Config(StrictModel):
    """`alpha` is the share of the way that is kept after `k` steps of the optimizer `base_optimizer`."""

    k: int = Field(5, ge=1, le=1000)
    alpha: float = Field(0.5, gt=0, le=1)
    base_optimizer: Annotated[Component[Optimizer], slot("optim")] = Field({"name": "adamw"}, validate_default=True)

    @field_validator("base_optimizer")
    @classmethod
    def _only_one_goes_back(cls, base: Component[Optimizer]) -> Component[Optimizer]:
        if any(component.module == __name__ for component in components_in(base)):
            raise ValueError("lookahead within lookahead: one pair of k and alpha is enough")
        return base


def build(config: Config, model: nn.Module) -> Optimizer:
    """The base optimizer, which goes back after its steps. Slow weights and count stand in its groups, and so in its state."""
    optimizer: Optimizer = config.base_optimizer.build(model)
    for group in optimizer.param_groups:
        group.update(fast_steps=0, slow=[weight.detach().clone() for weight in group["params"]])
    optimizer.register_step_post_hook(lambda optimizer, *_: sync_slow_weights(optimizer, config.k, config.alpha))
    return optimizer


@torch.no_grad()
def sync_slow_weights(optimizer: Optimizer, k: int, alpha: float) -> None:
    """Count a step, and with the `k`-th move the slow weights by `alpha` towards the weights, and the weights to them."""
    for group in optimizer.param_groups:
        group["fast_steps"] = (group["fast_steps"] + 1) % k
        if group["fast_steps"] == 0:
            torch._foreach_lerp_(group["slow"], group["params"], alpha)
            torch._foreach_copy_(group["params"], group["slow"])
