"""Half a cosine down, again and again: each end is a minimum to take a snapshot of.

id         F1
source     Huang et al. 2017, arXiv:1704.00109, equation 2; torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
differs    nothing
cost       nothing
example    cycles: 5
requires   snapshots: 5
conflicts  nothing
"""

import math

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """`cycles` is how often the rate falls in a phase. Where it divides the epochs, each cycle ends with one; else the last is cut short."""

    cycles: int = Field(5, ge=1, le=1000)


def build(config: Config) -> Schedule:
    """Down from the peak to nearly nothing, and back to the peak at once."""

    def factor(step: Step) -> float:
        length = math.ceil(step.total_steps / config.cycles)
        return (1 + math.cos(math.pi * (step.number % length) / length)) / 2

    return factor
