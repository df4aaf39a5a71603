"""A linear warm-up, then half a cosine down.

id         B1
source     Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, one cycle; warm-up as in arXiv:1706.02677, section 2.2
differs    nothing
cost       nothing
example    warmup_fraction: 0.1
conflicts  nothing
"""

import math

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """`warmup_fraction` is a fraction of the phase's steps, `min_lr_factor` the factor that the rate ends at."""

    warmup_fraction: float = Field(0.0, ge=0, lt=1)
    min_lr_factor: float = Field(0.0, ge=0, lt=1)


def build(config: Config) -> Schedule:
    """Up to one over the warm-up, down to the min_lr_factor over the rest."""

    def factor(step: Step) -> float:
        warm = config.warmup_fraction * step.total_steps
        if step.number < warm:
            return (step.number + 1) / (warm + 1)
        done = (step.number - warm) / (step.total_steps - warm)
        return config.min_lr_factor + (1 - config.min_lr_factor) * (1 + math.cos(math.pi * done)) / 2

    return factor
