"""Time exported models in turn. No torch; the caller supplies the clock."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray
from pydantic import Field

from lightcnn.core.config import Name, StrictModel

ROUNDS = 10
BATCHES = (1, 64)
Key = TypeVar("Key")


class Timing(StrictModel):
    """How often each model is called; `warmup` calls before each burst are not counted."""

    warmup: int = Field(20, ge=1, le=10_000)
    calls: int = Field(200, ge=10, le=100_000)


class LatencySettings(Timing):
    """What the latency stage runs with."""

    models: tuple[Name, ...]


def measure(calls: Mapping[Key, Callable[[], object]], warmup: int, runs: int, clock: Callable[[], float]) -> dict[Key, list[float]]:
    """Seconds of `runs` calls of each, in rounds of short bursts, so that a machine that slows down slows all of them alike.

    A burst is of one kind, since calls one by one in turn would find the caches full of another's data.
    """
    seconds: dict[Key, list[float]] = {key: [] for key in calls}
    for share in np.array_split(np.arange(runs), min(ROUNDS, runs)):
        for key, call in calls.items():
            for _ in range(warmup):
                call()
            seconds[key] += [timed(call, clock) for _ in share]
    return seconds


def timed(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long one call takes."""
    start = clock()
    call()
    return clock() - start


def random_pixels(*shape: int) -> UInt8[ndarray, "..."]:
    """Random pixels, the same each time: how long a network takes does not depend on what it sees."""
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def report(seconds: Mapping[int, Sequence[float]]) -> dict[str, object]:
    """What one model's samples, by batch size, come to; throughput is that of the median call of the largest batch."""
    largest = max(seconds)
    return {f"batch_{size}": percentiles(samples) for size, samples in seconds.items()} | {
        "throughput_per_s": largest / float(np.median(seconds[largest]))
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile, in milliseconds, between the nearest samples."""
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return {"p50_ms": float(p50), "p99_ms": float(p99)}
