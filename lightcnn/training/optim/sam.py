"""Sharpness-aware minimization: step by the gradient of the highest point nearby, towards minima that are flat.

id         E5
source     Foret et al. 2021, arXiv:2010.01412, equation 2 and algorithm 1
differs    a gradient of zero stays zero, where the paper divides by its length. As in the authors' code the second pass repeats the
           dropout of the first, and leaves BatchNorm's statistics alone. Own code: pytorch_optimizer's leaves both to the caller,
           returns no loss, and wraps a class, not an optimizer
cost       a second forward and backward pass, so about twice the time; two copies of the weights within a step
example    rho: 0.05, base_optimizer: {name: sgd, lr: 0.1}
conflicts  nothing
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, slot


class Config(StrictModel):
    """`rho` is the distance climbed, over all weights together, before the optimizer `base_optimizer` is given the gradient found there."""

    rho: float = Field(0.05, gt=0, le=10)
    base_optimizer: Annotated[Component[Optimizer], slot("optim")] = Field({"name": "sgd"}, validate_default=True)


def build(config: Config, model: nn.Module) -> Optimizer:
    """The base optimizer, whose closure is replaced by one of two passes."""
    optimizer: Optimizer = config.base_optimizer.build(model)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    optimizer.register_step_pre_hook(
        lambda optimizer, given, named: ((optimizer, partial(sam_closure, given[1], weights, config.rho, model)), named)
    )
    return optimizer


def sam_closure(closure: Callable[[], Tensor], weights: list[Tensor], rho: float, model: nn.Module) -> Tensor:
    """The loss at the weights; the gradients that it leaves are those `rho` up the slope."""
    device = weights[0].device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        loss = closure()
    saved = [weight.detach().clone() for weight in weights]
    ascend(weights, rho)
    with frozen_batchnorm_stats(model):
        closure()
    with torch.no_grad():
        torch._foreach_copy_(weights, saved)
    return loss


@torch.no_grad()
def ascend(weights: list[Tensor], rho: float) -> None:
    """Move the weights by `rho`, all together, along their gradients."""
    grads = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
    torch._foreach_add_(weights, torch._foreach_mul(grads, rho / (nn.utils.get_total_norm(grads) + 1e-12)))


@contextmanager
def frozen_batchnorm_stats(model: nn.Module) -> Iterator[None]:
    """Let BatchNorm normalise as it does, and note nothing of what it sees."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
