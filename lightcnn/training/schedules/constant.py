"""The rate stays what it is.

source     nothing to cite
differs    nothing
cost       nothing
example    name: constant
conflicts  nothing
"""

from lightcnn.core.config import StrictModel
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """Nothing to choose."""


def build(config: Config) -> Schedule:  # noqa: ARG001
    """One at every step."""
    return lambda step: 1.0  # noqa: ARG005
