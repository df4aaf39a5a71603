"""A one-cycle schedule that is made anew in each epoch against torch's own, made anew in each epoch."""

import pytest
from torch.optim.lr_scheduler import OneCycleLR

from lightcnn.core.types import Step
from lightcnn.training.schedules import one_cycle_restarted
from tests.training.schedules.reference import rates


@pytest.mark.parametrize(("epochs", "steps"), [(1, 10), (3, 7), (15, 40)])
def test_every_epoch_has_the_rates_of_the_first_epoch_of_the_whole(epochs: int, steps: int) -> None:
    total = epochs * steps
    first = rates(lambda optimizer: OneCycleLR(optimizer, 1.0, total, cycle_momentum=False), total)[:steps]
    schedule = one_cycle_restarted.build(one_cycle_restarted.Config())
    assert [schedule(Step(number, total, steps)) for number in range(total)] == pytest.approx(first * epochs, rel=1e-9)


def test_it_never_comes_near_the_peak_nor_anneals() -> None:
    schedule = one_cycle_restarted.build(one_cycle_restarted.Config())
    found = [schedule(Step(number, 1500, 100)) for number in range(1500)]
    assert max(found) < 0.2
    assert min(found) == pytest.approx(1 / 25)
