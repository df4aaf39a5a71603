"""Class-specific thresholds: a number added to each class's logit, so that classes named too seldom are named more often.

id         F5
source     Saerens et al. 2002 (adjusting a classifier's outputs to other priors); as weights of classes in logistic regression
differs    offsets of logits instead of thresholds of probabilities: the same decisions, and still one answer an image
cost       one number a class, fitted on the validation split
example    l2: 0.01
conflicts  nothing
"""

from functools import partial

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.data.types import Split
from lightcnn.evaluation.types import Ensemble, Predictor

FACTS = ("fitted_on_valid",)


class Config(StrictModel):
    """`l2` draws the offsets towards zero: the weight of half their square beside the mean loss."""

    l2: float = Field(0.01, ge=0, le=100)


def build(config: Config, panel: Ensemble, valid: Split) -> list[Predictor]:
    """Every predictor with offsets of its own."""
    return [partial(_shifted, predictor, fit(config, predictor(valid.images), valid.labels)) for predictor in panel.seeds]


def fit(config: Config, logits: Tensor, labels: Tensor) -> Tensor:
    """The offsets at which the likelihood of the labels, less their penalty, is greatest (L-BFGS; the problem is convex)."""
    offsets = torch.zeros(logits.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([offsets], max_iter=200, line_search_fn="strong_wolfe")
    logits = logits.double()

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(logits + offsets, labels) + config.l2 / 2 * offsets.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return offsets.detach()


def _shifted(predictor: Predictor, offsets: Tensor, images: Tensor) -> Tensor:
    return predictor(images) + offsets.float()
