"""A linear warm-up, then half a cosine down.

id       B1
source   Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, one cycle; warm-up as in arXiv:1706.02677, section 2.2
departs  nothing
cost     nothing
try      warmup: 0.1
clashes  nothing
"""

import math

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """`warmup` is a fraction of the phase's steps, `floor` the factor that the rate ends at."""

    warmup: float = Field(0.0, ge=0, lt=1)
    floor: float = Field(0.0, ge=0, lt=1)


def build(config: Config) -> Schedule:
    """Up to one over the warm-up, down to the floor over the rest."""

    def factor(step: Step) -> float:
        warm = config.warmup * step.total_steps
        if step.number < warm:
            return (step.number + 1) / (warm + 1)
        done = (step.number - warm) / (step.total_steps - warm)
        return config.floor + (1 - config.floor) * (1 + math.cos(math.pi * done)) / 2

    return factor
