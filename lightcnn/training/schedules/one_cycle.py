"""One cycle: the rate rises to its peak and falls to nearly nothing, cosines both ways.

id         B2
source     Smith and Topin 2018, arXiv:1708.07120; torch.optim.lr_scheduler.OneCycleLR
differs    the momentum stays constant
cost       nothing
example    pct_start: 0.3
conflicts  nothing
"""

from lightcnn.training.schedules._one_cycle import OneCycle
from lightcnn.training.types import Schedule


class Config(OneCycle):
    """That of the curve."""


def build(config: Config) -> Schedule:
    """Factors of the peak rate."""
    return config.factor
