"""Cyclical rates against torch's CyclicLR, and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CyclicLR

from lightcnn.training.schedules import cyclic
from tests.training.schedules.reference import factors, rates

MODES = ["triangular", "triangular2", "exp_range"]


def ours(total: int, **settings: object) -> list[float]:
    return factors(cyclic.build(cyclic.Config.from_plain(settings)), total)


def torchs(total: int, cycles: int, min_lr_factor: float, mode: str) -> list[float]:
    half, gamma = total / cycles / 2, 0.5 ** (cycles / total)
    return rates(lambda optimizer: CyclicLR(optimizer, min_lr_factor, 1.0, half, mode=mode, gamma=gamma, cycle_momentum=False), total)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("total", "cycles"), [(1, 1), (7, 1), (40, 4), (41, 4), (997, 10)])
def test_is_torchs_at_every_step(mode: str, total: int, cycles: int) -> None:
    assert ours(total, cycles=cycles, min_lr_factor=0.25, mode=mode) == pytest.approx(torchs(total, cycles, 0.25, mode), rel=1e-9)


@given(total=st.integers(1, 60), cycles=st.integers(1, 20), min_lr_factor=st.floats(0.01, 0.99), mode=st.sampled_from(MODES))
def test_is_torchs_whatever_the_settings(total: int, cycles: int, min_lr_factor: float, mode: str) -> None:
    assert ours(total, cycles=cycles, min_lr_factor=min_lr_factor, mode=mode) == pytest.approx(
        torchs(total, cycles, min_lr_factor, mode), rel=1e-9
    )


@pytest.mark.parametrize(
    ("mode", "peaks"),
    [("triangular", [1, 1, 1]), ("triangular2", [1, 0.6, 0.4]), ("exp_range", [0.2 + 0.8 * 0.5**at for at in (0.5, 1.5, 2.5)])],
)
def test_it_climbs_from_the_floor_as_often_as_asked_for_and_less_high_each_time(mode: str, peaks: list[float]) -> None:
    found = ours(24, cycles=3, min_lr_factor=0.2, mode=mode)
    assert found[::8] == pytest.approx([0.2] * 3)
    assert found[4::8] == pytest.approx(peaks)


@given(total=st.integers(1, 12), cycles=st.integers(1, 1000), mode=st.sampled_from(MODES))
def test_every_step_of_a_short_phase_has_a_rate(total: int, cycles: int, mode: str) -> None:
    assert all(0 < factor <= 1 for factor in ours(total, cycles=cycles, mode=mode))
