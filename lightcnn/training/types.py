"""Types of the components of a training."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from jaxtyping import Float
from torch import Tensor, nn

from lightcnn.core.types import Step
from lightcnn.data.types import Batch

Criterion = Callable[[Float[Tensor, "batch classes"], Batch], Float[Tensor, ""]]
"""Mean loss of logits on the batch that they are for, against its soft targets."""

Schedule = Callable[[Step], float]
"""The factor by which the optimizer's rate is multiplied at a step; pure."""

Regularizer = Callable[[Step], None]
"""Sets, before each step, how strongly a network in training is disturbed."""

Precision = Callable[[], AbstractContextManager[object]]
"""What forward pass and loss are computed within."""


class Averager(Protocol):
    """Follows a network in training; what is evaluated and selected is its `model`."""

    model: nn.Module
    steps: int

    def update(self) -> None:
        """Take in the weights after one more optimizer step."""
