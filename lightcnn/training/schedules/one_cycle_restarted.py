"""One cycle begun anew each epoch: a defect that is common in public code, kept to measure what it costs.

The scheduler is made for the whole training, and made again in every epoch, so that each repeats the first part of the rise and the rate never
anneals.

source     torch.optim.lr_scheduler.OneCycleLR, constructed inside the loop over epochs
differs    the momentum stays constant
cost       nothing in time; in accuracy, what it is here to show
example    pct_start: 0.3
conflicts  nothing
"""

from lightcnn.core.types import Step
from lightcnn.training.schedules._one_cycle import OneCycle
from lightcnn.training.types import Schedule


class Config(OneCycle):
    """That of the curve."""


def build(config: Config) -> Schedule:
    """Factors of the peak rate: in every epoch those of the first one."""

    def factor(step: Step) -> float:
        return config.factor(step._replace(number=step.number % step.steps_per_epoch))

    return factor
