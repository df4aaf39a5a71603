"""What torch's own schedulers make of a peak rate of one."""

from collections.abc import Callable

import torch
from torch.nn import Parameter
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler

from lightcnn.core.types import Step
from lightcnn.training.types import Schedule


def rates(make: Callable[[SGD], LRScheduler], total: int) -> list[float]:
    """The rate at each of `total` steps."""
    optimizer = SGD([Parameter(torch.zeros(1))], 1.0)
    scheduler, found = make(optimizer), []
    for step in range(total):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step + 1 < total:
            scheduler.step()
    return found


def factors(schedule: Schedule, total: int) -> list[float]:
    return [schedule(Step(now, total, 1)) for now in range(total)]
