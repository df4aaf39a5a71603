"""Cross entropy against targets of which a part is spread evenly over all classes.

id         C1
source     Szegedy et al. 2016, arXiv:1512.00567, section 7; torch.nn.functional.cross_entropy
differs    nothing
cost       nothing
example    smoothing: 0.1
conflicts  nothing
"""

from jaxtyping import Int
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.training.types import Criterion


class Config(StrictModel):
    """`smoothing` is the part that is spread."""

    smoothing: float = Field(0.1, gt=0, lt=1)


def build(config: Config, counts: Int[Tensor, "class"]) -> Criterion:  # noqa: ARG001
    """The criterion itself; soft targets are smoothed like hard ones."""
    return lambda logits, batch: functional.cross_entropy(logits, batch.targets, label_smoothing=config.smoothing)
