"""What trainings side by side gain: two on one thread each beside one on two threads; short trainings by `lightcnn train`; DVC over many stages.

`python -m benchmarks.workers` writes reports/benchmarks/workers.json, and `lightcnn docs` shows it in README. Nothing else should run meanwhile.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks._measuring import device, over, spread
from benchmarks.loops import BATCH, CASES
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.progress import Progress
from lightcnn.core.threads import thread_environment
from lightcnn.pipeline.dvc import dvc
from lightcnn.pipeline.fingerprints import CODE
from lightcnn.pipeline.project import create
from lightcnn.pipeline.waves import SUMMARY
from lightcnn.training.device import environment

TINY = {
    "architecture": {"name": "paper", "channels": [4, 6]},
    "augment": [],
    "batch_size": 16,
    "optimizer": {"name": "sgd", "lr": 0.01},
    "schedule": {"name": "constant"},
}


class Sizes(NamedTuple):
    """How much is measured: rounds, epochs of so many times a case's batches, short trainings of so many epochs, and counts of stages."""

    rounds: int
    longer: float
    trainings: int
    epochs: int
    stages: tuple[int, ...]


FULL, QUICK = Sizes(5, 2.5, 40, 100, (50, 100, 200)), Sizes(1, 0.1, 2, 1, (1, 2))


def main(out: Path = Path("reports/benchmarks/workers.json"), quick: bool = False) -> None:
    """Measure all of it; with --quick so little of it that it only shows that this program works."""
    sizes = QUICK if quick else FULL
    cases = {case: rates(case, sizes) for case in CASES}
    with TemporaryDirectory() as scratch:
        short = short_trainings(Path(scratch, "short"), sizes)
        stages = [finished_stages(Path(scratch, "stages"), count) for count in sizes.stages]
    write_json(out, {"machine": environment(device()), "rounds": sizes.rounds, "cases": cases, "short": short, "stages": stages})
    for case, row in cases.items():
        print(f"{case:10}{row['one']['median']:8.0f} and {row['two']['median']:8.0f} images/s: {row['two_over_one']['median']:.2f}")
    print(f"{sizes.trainings} short trainings: {short['wall_over_share']:.3f} of the workers' seconds, shared by two")


def rates(case: str, sizes: Sizes) -> dict[str, Any]:
    """Images per second of one training on two threads, and of two on one thread each, in turn."""
    found: dict[str, list[float]] = {"one": [], "two": []}
    with Progress(case, 2 * sizes.rounds, 0, "auto", "step") as shown:
        for _ in range(sizes.rounds):
            for name, workers in (("one", 1), ("two", 2)):
                found[name].append(images_per_second(case, workers, 2 // workers, round(sizes.longer * CASES[case][1])))
                shown.epoch(f"{name} {found[name][-1]:.0f} images/s")
    return {**{name: spread(values) for name, values in found.items()}, "two_over_one": spread(over(found["two"], found["one"]))}


def images_per_second(case: str, workers: int, threads: int, batches: int) -> float:
    """Of so many processes together, from a common start to the end of the last."""
    command = [sys.executable, "-m", "benchmarks.loops", case, "ours", "--threads", str(threads), "--batches", str(batches), "--paced"]
    with ExitStack() as stack:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": CODE}
        environment = {**os.environ, **thread_environment(threads)}
        processes: list[Any] = [stack.enter_context(subprocess.Popen(command, env=environment, **pipes)) for _ in range(workers)]
        if any(process.stdout.readline() != "ready\n" for process in processes):
            raise UserError(f"{case}: its loop did not begin; what it said stands above")
        began = time.perf_counter()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.stdout.readline()
        return workers * batches * BATCH / (time.perf_counter() - began)


def tiny(folder: Path, names: list[str], seeds: list[int], epochs: int) -> None:
    """A pipeline of tiny trainings on digits of 16 pixels."""
    runs = {"trainings": {name: deepcopy({**TINY, "epochs": epochs, "seeds": seeds}) for name in names}, "distillations": {}, "fusions": {}}
    data = {"dataset": {"name": "digits"}, "image_size": 16, "valid_size": 200}
    create(folder, {"runtime": {"device": "cpu", "workers": 2}, "data": data, **runs, "models": names[:1]})


def short_trainings(folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Seconds that `lightcnn train` takes for many short trainings, beside those that its two workers were at work."""
    tiny(folder, ["tiny"], list(range(sizes.trainings)), sizes.epochs)
    wall, work = trained(folder)
    return {"trainings": sizes.trainings, "workers": 2, "wall_s": wall, "work_s": work, "wall_over_share": round(2 * wall / work, 3)}


def trained(folder: Path) -> tuple[float, float]:
    """Run `lightcnn train` in a folder: its seconds, and those of its workers together, as it says."""
    command = [sys.executable, "-m", "lightcnn.cli", "train"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    *_, last = done.stdout.splitlines() or [""]
    found = re.fullmatch(SUMMARY.format(seeds=r"\d+", wall=r"([\d.]+)", work=r"([\d.]+)"), last)
    if done.returncode or found is None:
        raise UserError(f"{folder}: `lightcnn train` failed; what it said stands above")
    return float(found[1]), float(found[2])


def finished_stages(folder: Path, count: int) -> dict[str, Any]:
    """Seconds of `dvc repro` that makes what is new of so many stages from finished seeds, and of one that finds nothing to do."""
    names = [f"tiny-{number}" for number in range(count)]
    tiny(folder, names, [0], 1)
    trained(folder)
    stages = [f"train@{name}" for name in names]
    seconds = []
    for _ in ("made", "found"):
        began = time.perf_counter()
        dvc(folder, "repro", "--quiet", *stages)
        seconds.append(round(time.perf_counter() - began, 1))
    return {"stages": count, "made_s": seconds[0], "unchanged_s": seconds[1]}


if __name__ == "__main__":
    run(main)
