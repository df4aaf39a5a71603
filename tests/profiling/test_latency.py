"""Timing with a clock that is wound by hand."""

import pytest
from pydantic import ValidationError

from lightcnn.profiling import latency
from lightcnn.profiling.latency import LatencySettings


class Bench:
    """Calls that take as long as they say, on a clock of their own, and a diary of them."""

    def __init__(self, **seconds: float) -> None:
        self.now, self.diary = 0.0, ""
        self.calls = {name: lambda name=name, time=time: self.work(name, time) for name, time in seconds.items()}

    def work(self, name: str, time: float) -> None:
        self.now += time
        self.diary += name


def test_each_is_timed_as_often_as_told_and_for_as_long_as_it_takes() -> None:
    bench = Bench(a=0.25, b=2.0)
    assert latency.measure(bench.calls, 3, 25, lambda: bench.now) == {"a": [0.25] * 25, "b": [2.0] * 25}


def test_they_take_turns_and_warm_up_before_each() -> None:
    bench = Bench(a=1.0, b=1.0)
    latency.measure(bench.calls, 1, 20, lambda: bench.now)
    assert bench.diary == "aaabbb" * 10


def test_a_machine_that_slows_down_slows_all_alike() -> None:
    bench = Bench(a=1.0, b=1.0)
    # The clock runs ever faster: what is measured late looks slow.
    seconds = latency.measure(bench.calls, 0, 100, lambda: bench.now**2)
    means = {name: sum(samples) / 100 for name, samples in seconds.items()}
    assert means["b"] / means["a"] < 1.11


def test_fewer_runs_than_rounds_are_enough() -> None:
    bench = Bench(a=1.0)
    assert latency.measure(bench.calls, 0, 3, lambda: bench.now) == {"a": [1.0] * 3}


def test_percentiles_in_milliseconds_as_worked_by_hand() -> None:
    # 1 to 101 ms: the 51st of 101 samples is the median, the 100th has 99% below it.
    assert latency.percentiles([(101 - ms) / 1000 for ms in range(101)]) == pytest.approx({"p50_ms": 51, "p99_ms": 100})


def test_throughput_is_that_of_the_median_large_batch() -> None:
    found = latency.report({1: [0.001, 0.001, 0.004], 64: [0.016, 0.032, 0.5]})
    assert found["throughput_per_s"] == pytest.approx(2000)
    assert found["batch_1"] == latency.percentiles([0.001, 0.001, 0.004])
    assert found["batch_64"] == latency.percentiles([0.016, 0.032, 0.5])


@pytest.mark.parametrize("wrong", [{"runs": 9}, {"warmup": 0}, {"models": ["../x"]}, {"rounds": 3}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    assert LatencySettings.from_plain({"models": ["a"]}).to_plain() == {"models": ["a"], "warmup": 20, "calls": 200}
    with pytest.raises(ValidationError):
        LatencySettings.from_plain({"models": ["a"], **wrong})
