"""reports/latency.json: latencies of the exported models on one machine."""

from typing import Annotated, Any

from pydantic import Field

from lightcnn.artifacts.record import Record

Positive = Annotated[float, Field(gt=0)]


class Percentiles(Record):
    """Milliseconds a batch."""

    p50_ms: Positive
    p99_ms: Positive


class Speed(Record):
    """One model in reports/latency.json."""

    batch_1: Percentiles
    batch_64: Percentiles
    throughput_per_s: Positive


class Latency(Record):
    """reports/latency.json: `machine` is what was measured on, in its own words; `fp32` and `int8` have a `Speed` for each model."""

    machine: dict[str, Any]
    fp32: dict[str, Speed]
    int8: dict[str, Speed]
