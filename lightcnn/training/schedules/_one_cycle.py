"""The curve of a one-cycle schedule."""

import math

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step


class OneCycle(StrictModel):
    """`pct_start` is the fraction of steps on the way up; the first rate is the peak / `div_factor`, the last one the first / `final_div_factor`."""

    pct_start: float = Field(0.3, gt=0, lt=1)
    div_factor: float = Field(25.0, ge=1)
    final_div_factor: float = Field(1e4, ge=1)

    def factor(self, step: Step) -> float:
        """The factor of the peak rate at a step, equal to OneCycleLR's."""
        first = 1 / self.div_factor
        peak = self.pct_start * step.total_steps - 1
        if step.number < peak:
            return _between(first, 1.0, step.number / peak)
        return _between(1.0, first / self.final_div_factor, (step.number - peak) / (step.total_steps - 1 - peak))


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
