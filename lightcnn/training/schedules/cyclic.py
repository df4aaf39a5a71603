"""Cyclical rates: straight up to the peak and down again, several times over.

id         E2
source     Smith 2017, arXiv:1506.01186, section 3; torch.optim.lr_scheduler.CyclicLR
differs    cycles are counted per phase instead of in steps; exp_range's gamma is the one that, like triangular2, halves over a cycle;
           the momentum stays constant
cost       nothing
example    cycles: 4, min_lr_factor: 0.25, mode: triangular2
conflicts  nothing
"""

from typing import Literal

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


class Config(StrictModel):
    """`min_lr_factor` is the lowest rate as a fraction of the peak; the height above it stays, halves from cycle to cycle, or falls at each step."""

    cycles: int = Field(4, ge=1, le=1000)
    min_lr_factor: float = Field(0.25, gt=0, lt=1)
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"


def build(config: Config) -> Schedule:
    """Factors of the peak rate, equal to CyclicLR's."""

    def factor(step: Step) -> float:
        done = step.number * config.cycles / step.total_steps
        halvings = {"triangular": 0.0, "triangular2": done // 1, "exp_range": done}[config.mode]
        height = 1 - abs(2 * (done % 1) - 1)
        return config.min_lr_factor + (1 - config.min_lr_factor) * height / 2**halvings

    return factor
