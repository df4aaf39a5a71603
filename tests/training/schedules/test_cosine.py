"""The cosine against torch's, and a straight warm-up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR

from lightcnn.training.schedules import cosine
from tests.training.schedules.reference import factors, rates


@pytest.mark.parametrize("total", [1, 2, 3, 10, 997])
@pytest.mark.parametrize("min_lr_factor", [0.0, 0.1])
def test_without_warm_up_it_is_torchs_at_every_step(total: int, min_lr_factor: float) -> None:
    theirs = rates(lambda optimizer: CosineAnnealingLR(optimizer, total, min_lr_factor), total)
    assert factors(cosine.build(cosine.Config(min_lr_factor=min_lr_factor)), total) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_warm_up_is_a_straight_line_to_the_peak() -> None:
    rising = factors(cosine.build(cosine.Config(warmup_fraction=0.4)), 10)[:5]
    assert rising == pytest.approx([1 / 5, 2 / 5, 3 / 5, 4 / 5, 1])


def test_after_the_warm_up_it_is_a_cosine_over_the_rest() -> None:
    warmed = factors(cosine.build(cosine.Config(warmup_fraction=0.25, min_lr_factor=0.05)), 200)
    assert warmed[50:] == pytest.approx(factors(cosine.build(cosine.Config(min_lr_factor=0.05)), 150), rel=1e-9)


@given(total=st.integers(1, 12), warmup_fraction=st.floats(0, 1, exclude_max=True), min_lr_factor=st.floats(0, 1, exclude_max=True))
def test_every_step_of_a_short_phase_has_a_rate(total: int, warmup_fraction: float, min_lr_factor: float) -> None:
    assert all(
        0 < factor <= 1
        for factor in factors(cosine.build(cosine.Config(warmup_fraction=warmup_fraction, min_lr_factor=min_lr_factor)), total)
    )
