"""Cross entropy of logits against soft targets, averaged over the batch.

source     torch.nn.functional.cross_entropy
differs    nothing
cost       nothing
example    name: cross_entropy
conflicts  nothing
"""

from jaxtyping import Int
from torch import Tensor
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.training.types import Criterion


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config, counts: Int[Tensor, "class"]) -> Criterion:  # noqa: ARG001
    """The criterion itself."""
    return lambda logits, batch: functional.cross_entropy(logits, batch.targets)
