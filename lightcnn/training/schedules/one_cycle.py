"""One cycle: the rate rises to its peak and falls to nearly nothing, cosines both ways.

id         B2
source     Smith and Topin 2018, arXiv:1708.07120; torch.optim.lr_scheduler.OneCycleLR
differs    the momentum stays constant
cost       nothing
example    pct_start: 0.3
conflicts  nothing
"""

import math

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """`pct_start` is the fraction of steps on the way up; the first rate is the peak / `div_factor`, the last one the first / `final_div_factor`."""

    pct_start: float = Field(0.3, gt=0, lt=1)
    div_factor: float = Field(25.0, ge=1)
    final_div_factor: float = Field(1e4, ge=1)


def build(config: Config) -> Schedule:
    """Factors of the peak rate, equal to OneCycleLR's."""
    first = 1 / config.div_factor
    last = first / config.final_div_factor

    def factor(step: Step) -> float:
        peak = config.pct_start * step.total_steps - 1
        if step.number < peak:
            return _between(first, 1.0, step.number / peak)
        return _between(1.0, last, (step.number - peak) / (step.total_steps - 1 - peak))

    return factor


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
