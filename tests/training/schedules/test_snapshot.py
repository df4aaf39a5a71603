"""Restarted cosines against torch's, and equation 2 by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from lightcnn.training.schedules import snapshot
from tests.training.schedules.reference import factors, rates


def ours(total: int, cycles: int) -> list[float]:
    return factors(snapshot.build(snapshot.Config(cycles=cycles)), total)


@given(total=st.integers(1, 60), cycles=st.integers(1, 20))
def test_is_torchs_at_every_step(total: int, cycles: int) -> None:
    theirs = rates(lambda optimizer: CosineAnnealingWarmRestarts(optimizer, math.ceil(total / cycles)), total)
    assert ours(total, cycles) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_falls_by_equation_2_and_is_back_at_the_peak_with_each_cycle() -> None:
    fall = [1, (2 + math.sqrt(2)) / 4, 1 / 2, (2 - math.sqrt(2)) / 4]
    assert ours(12, 3) == pytest.approx(fall * 3)


def test_a_last_cycle_that_does_not_fit_is_cut_short() -> None:
    assert ours(10, 3) == pytest.approx(ours(12, 3)[:10])


@given(total=st.integers(1, 12), cycles=st.integers(1, 1000))
def test_every_step_of_a_short_phase_has_a_rate(total: int, cycles: int) -> None:
    assert all(0 < factor <= 1 for factor in ours(total, cycles))
