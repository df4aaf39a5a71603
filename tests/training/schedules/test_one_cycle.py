"""One cycle against torch's OneCycleLR."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import OneCycleLR

from lightcnn.training.schedules import one_cycle
from tests.training.schedules.reference import factors, rates


def torchs(total: int, pct_start: float, start: float, end: float) -> list[float]:
    return rates(
        lambda optimizer: OneCycleLR(
            optimizer, 1.0, total, pct_start=pct_start, div_factor=start, final_div_factor=end, anneal_strategy="cos", cycle_momentum=False
        ),
        total,
    )


def ours(total: int, pct_start: float, start: float, end: float) -> list[float]:
    return factors(one_cycle.build(one_cycle.Config(pct_start=pct_start, div_factor=start, final_div_factor=end)), total)


@pytest.mark.parametrize(("total", "pct_start"), [(1, 0.3), (2, 0.3), (3, 0.3), (7, 0.3), (10, 0.3), (100, 0.25), (997, 0.3)])
def test_is_torchs_at_every_step(total: int, pct_start: float) -> None:
    assert ours(total, pct_start, 25.0, 1e4) == pytest.approx(torchs(total, pct_start, 25.0, 1e4), rel=1e-9)


@given(total=st.integers(1, 60), pct_start=st.floats(0.01, 0.99), start=st.floats(1, 100), end=st.floats(1, 1e5))
def test_is_torchs_whatever_the_settings(total: int, pct_start: float, start: float, end: float) -> None:
    assume(pct_start * total != 1)  # torch divides by zero
    assert ours(total, pct_start, start, end) == pytest.approx(torchs(total, pct_start, start, end), rel=1e-9)


@pytest.mark.parametrize(("total", "pct_start"), [(2, 0.5), (4, 0.25), (10, 0.1)])
def test_a_rise_of_a_single_step_begins_at_the_peak(total: int, pct_start: float) -> None:
    found = ours(total, pct_start, 25.0, 1e4)
    assert found[0] == pytest.approx(1)
    assert found[-1] == pytest.approx(1 / 25 / 1e4)


@given(total=st.integers(1, 12), pct_start=st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_every_step_of_a_short_phase_has_a_rate(total: int, pct_start: float) -> None:
    assert all(0 < factor <= 1 + 1e-12 for factor in ours(total, pct_start, 25.0, 1e4))
