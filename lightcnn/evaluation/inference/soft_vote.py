"""Soft voting over a model's own members: all seeds, each by its snapshots if it has some.

id         F1, F2
source     Huang et al. 2017, arXiv:1704.00109 (snapshots); Lakshminarayanan et al. 2017, arXiv:1612.01474 (seeds)
differs    nothing; the logits are the logarithms of the mean probabilities
cost       the parameters and the time of all members
example    name: soft_vote
requires   snapshots: 5
conflicts  nothing
"""

import math

import torch
from torch import Tensor

from lightcnn.core.config import StrictModel
from lightcnn.data.types import Split
from lightcnn.evaluation.types import Ensemble, Predictor


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, panel: Ensemble, valid: Split) -> list[Predictor]:  # noqa: ARG001
    """One predictor for all."""

    def vote(images: Tensor) -> Tensor:
        return torch.stack([predictor(images).log_softmax(1) for predictor in panel.members]).logsumexp(0) - math.log(len(panel.members))

    return [vote]
