"""Time the exported models on this machine, one thread each."""

import os
import platform
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path

from lightcnn.core.command import run
from lightcnn.core.files import write_json
from lightcnn.core.runtime import cpu_name
from lightcnn.export.ort import open_classifier
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.profiling.latency import BATCHES, LatencySettings, measure, random_pixels, report

FILES = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
"""Where in the report the speeds of a form stand, and its file."""


def main(plan: Path, models: Path = Path("exported"), out: Path = Path("reports/latency.json")) -> None:
    """Write median and 99th percentile of a call, at batch 1 and 64, for each model that the plan names, fp32 and int8."""
    settings = read_plan(plan, LatencySettings)[1]
    calls: dict[tuple[str, str, int], Callable[[], object]] = {}
    for name, (kind, file) in product(settings.models, FILES.items()):
        session = open_classifier(models / name / file)
        shape = session.get_inputs()[0].shape[1:]
        calls |= {(kind, name, size): partial(session.run, None, {"images": random_pixels(size, *shape)}) for size in BATCHES}
    seconds = measure(calls, settings.warmup, settings.calls, time.perf_counter)
    speeds = {kind: {name: report({size: seconds[kind, name, size] for size in BATCHES}) for name in settings.models} for kind in FILES}
    write_json(out, {"machine": machine(), **speeds})
    print(f"{out}: {len(settings.models)} models timed, {settings.calls} calls each at batch {' and '.join(map(str, BATCHES))}")


def machine() -> dict[str, str | int | None]:
    """What was measured on."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "threads": 1,
        "os": platform.platform(),
        "onnxruntime": version("onnxruntime"),
    }


if __name__ == "__main__":
    run(main)
