"""The JSON files that stages leave for others to read: what stands in each, checked when it is read."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from lightcnn.core import files as artefacts
from lightcnn.core.config import Strict
from lightcnn.core.errors import Fault


class Record(Strict):
    """A file of ours whose further keys are somebody else's business."""

    model_config = ConfigDict(extra="ignore")


Kind = TypeVar("Kind", bound=Record)


class Statistic(Record):
    """One number over the seeds of a run; `std` with n - 1, 0 for a single seed."""

    mean: float
    std: float
    n: int


class TestScores(Record):
    """On the test split: fractions, and `nll` in nats."""

    __test__ = False

    top1: Statistic
    top5: Statistic
    nll: Statistic
    ece: Statistic
    auc: Statistic


class ValidScores(Record):
    """On the validation split, by which everything is chosen."""

    top1: Statistic
    nll: Statistic


class FileScores(Record):
    """An exported file on the test split; on how many images its answer is not torch's, and its largest difference in any logit."""

    top1: float
    answers_changed: int
    max_abs_difference: float


class InferenceScores(Record):
    """A further way to predict, on the test split; `networks` is how many one prediction asks."""

    top1: Statistic
    nll: Statistic
    ece: Statistic
    networks: int


class Metrics(Record):
    """reports/metrics/MODEL.json."""

    test: TestScores
    valid: ValidScores
    onnx: FileScores
    int8: FileScores
    inference: dict[str, InferenceScores] = Field({})
    exported_seed: int


class Cost(Record):
    """reports/cost/MODEL.json, all of it for one image."""

    parameters: int
    macs: int
    weights_bytes: int
    onnx_bytes: int
    int8_bytes: int
    peak_activation_bytes: int


class Percentiles(Record):
    """Milliseconds a batch."""

    p50_ms: float
    p99_ms: float


class Speed(Record):
    """One model in reports/latency.json."""

    batch_1: Percentiles
    batch_64: Percentiles
    throughput_per_s: float


class Latency(Record):
    """reports/latency.json: `machine` is what was measured on, in its own words; `models` are those in fp32."""

    machine: dict[str, Any]
    models: dict[str, Speed]
    int8: dict[str, Speed]


def read_record(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file of a known form.

    Raises:
        Fault: where it is missing or of another form.
    """
    try:
        return kind.parse(artefacts.read_json(path))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise Fault(f"{path}: not of this version (at {place!r}); delete it and `dvc repro` makes it anew") from None
