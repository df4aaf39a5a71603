"""The paper's fusion: both branches' trained heads through a ReLU, concatenated, then a new dense head.

source     Isong 2025, arXiv:2501.15547; the graph as in its public notebook
counts     14,862 parameters with the paper's branches at 28x28x1, 19,622 at 32x32x3
differs    both trained heads are carried over; the notebook forgets the second one's
"""

from collections import OrderedDict

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn

from lightcnn.core.config import StrictModel
from lightcnn.models.fusions._fused import Fused


class Config(StrictModel):
    """`hidden` is the width of the new dense layer, `dropout` the rate after it."""

    hidden: int = Field(32, ge=1, le=4096)
    dropout: float = Field(0.5, ge=0, lt=1)


class Dense(Fused):
    """Two branches, and a head on the logits of both."""

    def features(self, images: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch feature"]:
        """Both branches' logits, cut at zero, side by side."""
        return torch.relu(torch.cat([self.first(images), self.second(images)], 1))

    def forward(self, images: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch classes"]:
        """Logits of the fused network."""
        logits: Tensor = self.head(self.features(images))
        return logits


def build(config: Config, first: nn.Sequential, second: nn.Sequential, classes: int) -> Dense:
    """Join two branches of `classes` logits each under a new head."""
    dense = nn.Linear(2 * classes, config.hidden)
    nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
    nn.init.zeros_(dense.bias)
    head = nn.Sequential(
        OrderedDict(
            dense=dense,
            relu=nn.ReLU(inplace=True),
            dropout=nn.Dropout(config.dropout),
            logits=nn.Linear(config.hidden, classes),
        )
    )
    return Dense(first, second, head)
