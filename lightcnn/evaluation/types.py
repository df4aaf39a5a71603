"""What fills the slot of inference methods."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxtyping import Float, UInt8
from torch import Tensor

from lightcnn.data.types import Split

Predictor = Callable[[UInt8[Tensor, "image height width channel"]], Float[Tensor, "image classes"]]
"""What a trained network says of stored images, normalisation included: logits."""


class Ensemble(NamedTuple):
    """The networks that an inference method may ask: one a seed, and all members that can vote."""

    seeds: Sequence[Predictor]
    members: Sequence[Predictor]


Inference = Callable[[Ensemble, Split], list[Predictor]]
"""Ways to predict better, fitted on the validation split: one a seed, or one for all."""
