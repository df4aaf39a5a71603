"""Progress: lines where nobody watches, a bar on a terminal."""

import pytest

from lightcnn.core import progress
from lightcnn.core.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock whose last entry is the time."""
    times = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[-1])
    return times


def test_a_line_an_epoch_says_how_long_it_takes_yet(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("tiny seed 0", 4, 0, "lines") as shown:
        for now in (1000.0, 2000.0, 4000.0, 4010.0):
            clock.append(now)
            shown.epoch(f"at {now:.0f}")
    assert capsys.readouterr().out.splitlines() == [
        "tiny seed 0: epoch 1/4  at 1000  50:00 left",
        "tiny seed 0: epoch 2/4  at 2000  33:20 left",
        "tiny seed 0: epoch 3/4  at 4000  22:13 left",
        "tiny seed 0: epoch 4/4  at 4010  0:00 left",
    ]


def test_what_was_done_before_does_not_count_for_the_time(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("tiny", 10, 6, "auto") as shown:
        clock.append(3600.0)
        shown.epoch("")
    assert capsys.readouterr().out.splitlines() == ["tiny: goes on after epoch 6 of 10", "tiny: epoch 7/10    3:00:00 left"]


def test_what_is_counted_may_be_something_else(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("tiny", 10, 6, "lines", "round") as shown:
        clock.append(10.0)
        shown.epoch("fast")
    assert capsys.readouterr().out.splitlines() == ["tiny: goes on after round 6 of 10", "tiny: round 7/10  fast  0:30 left"]


def test_a_bar_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("tiny", 2, 1, "bar") as shown:
        shown.epoch("loss 1")
    out, err = capsys.readouterr()
    assert out == ""
    assert "tiny: goes on after epoch 1 of 2" in err
    assert "2/2" in err


def test_without_any_standard_error_there_are_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress.sys, "stderr", None)
    with Progress("tiny", 1, 0, "auto") as shown:
        shown.epoch("loss 1")
    assert capsys.readouterr().out.startswith("tiny: epoch 1/1  loss 1")
