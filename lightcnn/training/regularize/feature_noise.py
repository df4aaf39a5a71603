"""Gaussian noise on the features that enter the classifier.

id         C5
source     Poole et al. 2014, arXiv:1406.1831; what it does to a classifier: Camuto et al. 2020, arXiv:2007.07368
differs    the noise is as strong as the batch's features vary: it could else be escaped by larger features
cost       one draw a feature
example    std: 0.1
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel
from lightcnn.training.regularize._hooks import classifier_of, hook_input, no_schedule
from lightcnn.training.types import Regularizer


class Config(StrictModel):
    """`std` is the noise's deviation, as a multiple of that of all features of a batch."""

    std: float = Field(0.1, gt=0, le=10)


def build(config: Config, model: nn.Module) -> Regularizer:
    """Put the noise into `model`."""
    hook_input(classifier_of(model), lambda features: add_noise(features, config.std))
    return no_schedule


def add_noise(features: Tensor, std: float) -> Tensor:
    """Noise that is the same for all features, and that no gradient sees the size of."""
    return features + torch.randn_like(features) * (std * features.detach().std(correction=0))
