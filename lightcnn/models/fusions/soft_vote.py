"""Soft voting: the mean of both branches' probabilities, with nothing to learn.

id         F2
source     Dietterich 2000, Ensemble Methods in Machine Learning; as sklearn.ensemble.VotingClassifier(voting="soft")
differs    nothing; the logits are the logarithms of the mean probabilities
cost       no parameter beyond the branches'
example    name: soft_vote
requires   phases: {}
conflicts  nothing
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightcnn.core.config import StrictModel
from lightcnn.models.fusions._fused import Fused


class Config(StrictModel):
    """Nothing to choose. This fusion may go without phases; with some, both branches learn to vote together."""


class Vote(Fused):
    """Two branches on one input, whose probabilities are averaged."""

    def __init__(self, first: nn.Sequential, second: nn.Sequential) -> None:
        super().__init__(first, second, nn.Identity())

    def forward(self, images: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch classes"]:
        """Logits of the vote."""
        both = torch.stack([branch(images).log_softmax(1) for branch in self.branches])
        logits: Tensor = self.head(both.logsumexp(0) - math.log(2))
        return logits


def build(config: Config, first: nn.Sequential, second: nn.Sequential, classes: int) -> Vote:  # noqa: ARG001
    """Let two branches vote."""
    return Vote(first, second)
