"""Dropout before the classifier, at a rate that falls while training goes on.

id         C2
source     Rennie et al. 2014, Annealed Dropout Training of Deep Networks (IEEE SLT)
differs    the rate ends above zero and changes at each step; where the network has Dropout layers of its own, it is dropped
           there, at this rate instead of theirs, and not before the classifier
cost       one mask a place
example    initial_rate: 0.5, final_rate: 0.2
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.regularize._hooks import classifier_of, hook_input
from lightcnn.training.types import Regularizer


class Config(StrictModel):
    """The rates at the first and at the last step of a phase; between them it moves linearly."""

    initial_rate: float = Field(0.5, ge=0, lt=1)
    final_rate: float = Field(0.2, ge=0, lt=1)


def build(config: Config, model: nn.Module) -> Regularizer:
    """Put dropout into `model`; the regularizer sets its rate."""
    # A number would be compiled into the network, which is then compiled anew at each step (seen with torch 2.15); a tensor is not.
    rate = torch.tensor(config.initial_rate, device=next(model.parameters()).device)
    dropouts = [layer for layer in model.modules() if isinstance(layer, nn.Dropout)]
    for dropout in dropouts:
        dropout.p = 0.0
        hook_input(dropout, lambda features: drop(features, rate))
    if not dropouts:
        hook_input(classifier_of(model), lambda features: drop(features, rate))

    def set_rate(step: Step) -> None:
        rate.fill_(rate_at(config, step))

    return set_rate


def rate_at(config: Config, step: Step) -> float:
    """The rate at a step of a phase."""
    return config.initial_rate + (config.final_rate - config.initial_rate) * step.number / max(1, step.total_steps - 1)


def drop(features: Tensor, rate: Tensor) -> Tensor:
    """Zero each number with probability `rate`, below 1, and scale the others up, so that the expectation stays."""
    kept = torch.rand_like(features, dtype=torch.float32) >= rate
    return features * kept / (1 - rate)
