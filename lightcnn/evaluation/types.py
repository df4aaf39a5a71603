"""Types that inference methods use."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxtyping import Float, UInt8
from torch import Tensor

Predictor = Callable[[UInt8[Tensor, "image height width channel"]], Float[Tensor, "image classes"]]
"""What a trained network says of stored images, normalisation included: logits."""


class Ensemble(NamedTuple):
    """The networks that an inference method may ask: one a seed, and all members that can vote."""

    seeds: Sequence[Predictor]
    members: Sequence[Predictor]
