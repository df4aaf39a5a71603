"""int8 beside fp32, and which of the two to ship."""

from lightcnn.reporting.analysis import LARGEST_DROP, int8
from lightcnn.reporting.report._format import kilobytes, milliseconds, percent, points
from lightcnn.reporting.results import Model

HEADER = (
    *("model", "fp32 top-1, %", "int8 top-1, %", "change, points"),
    *("fp32 file", "int8 file", "fp32 p50, ms", "int8 p50, ms", "ship"),
)
RULE = (
    f"The rule: int8 is shipped where it loses less than {100 * LARGEST_DROP:g} points and takes less time for one image than fp32 does; "
    "otherwise fp32. A device that is short of memory rather than of time takes int8 wherever it loses no more than that."
)


def row(model: Model) -> list[str]:
    """What the table says of a model."""
    found, metrics, cost = int8(model), model.metrics, model.cost
    accuracies = [percent(metrics.onnx_fp32.top1), percent(metrics.onnx_int8.top1), points(-found.drop)]
    sizes = [kilobytes(cost.onnx_bytes), kilobytes(cost.int8_bytes)]
    return [model.name, *accuracies, *sizes, *_times(model), "int8" if found.is_shipped else "fp32"]


def verdict(model: Model) -> str:
    """Which file of a model to ship, and why."""
    found, (before, after) = int8(model), _times(model)
    return (
        f"Of {model.name}, ship {'model.int8.onnx' if found.is_shipped else 'model.onnx (fp32)'}: "
        f"int8 changes test accuracy by {points(-found.drop)} points{'' if found.is_close else ', which is too much'}, "
        f"makes the file {kilobytes(model.cost.int8_bytes)} instead of {kilobytes(model.cost.onnx_bytes)}, "
        f"and is {'faster' if found.speedup > 1 else 'slower'} on the machine measured ({after} ms an image instead of {before} ms)."
    )


def _times(model: Model) -> list[str]:
    return [milliseconds(speed.batch_1.p50_ms) for speed in (model.speed, model.int8_speed)]
