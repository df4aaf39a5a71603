"""Cross entropy in which an image of a rare class counts for more than one of a common class.

source     King and Zeng 2001, Political Analysis 9(2), section 4; weights and mean as in torch.nn.CrossEntropyLoss(weight=...)
differs    soft targets have the mean of hard ones: divided by the sum of the weights that they carry, not by the images
cost       nothing
example    power: 0.5
conflicts  nothing
"""

from jaxtyping import Int
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.data.types import Batch
from lightcnn.training.types import Criterion


class Config(StrictModel):
    """A class of N of M training images in K classes weighs (M / (K N)) to the `power`: 1 makes all classes count alike, 0.5 meets halfway."""

    power: float = Field(1.0, gt=0, le=2)


def build(config: Config, counts: Int[Tensor, "class"]) -> Criterion:
    """The criterion for training images of which each class has so many, one at least."""
    weight = (counts.sum() / (len(counts) * counts)) ** config.power

    def weighted(logits: Tensor, batch: Batch) -> Tensor:
        loss = functional.cross_entropy(logits, batch.targets, weight, reduction="sum")
        return loss / (batch.targets @ weight).sum()

    return weighted
