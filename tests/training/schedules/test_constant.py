"""A rate that stays."""

import pytest

from lightcnn.training.schedules import constant
from tests.training.schedules.reference import factors


@pytest.mark.parametrize("total", [1, 2, 100])
def test_is_the_peak_rate_at_every_step(total: int) -> None:
    assert factors(constant.build(constant.Config()), total) == [1.0] * total
