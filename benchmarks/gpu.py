"""What to do with a GPU that is there for minutes: the most valuable first, each once, whatever interrupts it.

`make gpu` works for at most nine minutes and keeps all of it in gpu/; the same command goes on where the last one ended. The seeds of
the champion that it trains are taken by `LIGHTCNN_SEEDS=$PWD/gpu/seeds dvc repro` in studies/champion.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import golden, latency, training
from lightcnn.core.command import command_of, run
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.fingerprints import CODE
from lightcnn.pipeline.project import create

CHAMPION = CODE / "studies/champion/params.yaml"


class Step(NamedTuple):
    """A command, the folder to run it in, and what it is for."""

    name: str
    command: Sequence[str]
    folder: Path = CODE


def main(out: Path = Path("gpu"), minutes: float = 9, device: str = "cuda", quick: bool = False) -> None:
    """Run all steps that are not done yet for at most MINUTES, and print a table of them.

    Trainings go on from their last checkpoint; a benchmark that is cut off begins again. With --quick each does very little, to show
    that it works; --device cpu then stands for the GPU.
    """
    out = out.resolve()
    try:
        work_off(steps(out, device, quick), out, time.monotonic() + 60 * minutes)
    finally:
        print(table(out), end="")


def steps(out: Path, device: str, quick: bool) -> list[Step]:
    """Training twice with the same bytes; the champion's seeds; speed of training; speed and memory of predictions."""
    params = read_yaml(CHAMPION)
    params["runtime"] |= {"device": device}
    if quick:
        params["data"] = {"dataset": {"name": "digits"}, "image_size": 32, "valid_size": 200}
        for name in params["trainings"]:
            params["trainings"][name] |= {"epochs": 1, "seeds": [0]}
    create(out / "champion", params)
    rounds, calls = (1, 1) if quick else (3, 50)
    seeds = [sys.executable, "-m", "lightcnn.cli", "train", "champion", "held-out", "--seeds-to", str(out / "seeds")]
    return [
        Step("golden", command_of(golden.main, base="HEAD", device=device)),
        Step("champion", seeds, out / "champion"),
        Step("training", command_of(training.main, out=out / "training.json", rounds=rounds)),
        Step("latency", command_of(latency.main, out=out / "latency.json", rounds=rounds, calls=calls, only=device)),
    ]


def work_off(wanted: Sequence[Step], out: Path, until: float) -> None:
    """Run each step that is not done, in order, until the time is up; what a step prints goes to a file of its own.

    Raises:
        UserError: where steps failed or there was no time for them; the others are done.
    """
    left = []
    for step in wanted:
        record, log = out / f"{step.name}.done.json", out / f"{step.name}.log"
        if record.exists():
            continue
        began = time.monotonic()
        if began >= until:
            left.append(f"{step.name} (not begun)")
            continue
        print(f"{step.name}: {log}", flush=True)
        with log.open("ab") as output:
            code = _code_of(step, output, until - began)
        if code == 0:
            write_json(record, {"seconds": round(time.monotonic() - began, 1)})
        else:
            left.append(f"{step.name} ({'cut off' if code is None else 'failed'}: {log})")
    if left:
        raise UserError(f"not done: {', '.join(left)}; run it again, and it goes on there")


def _code_of(step: Step, output: Any, seconds: float) -> int | None:
    """Its exit code, or None where its time was up."""
    with subprocess.Popen(step.command, cwd=step.folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def table(out: Path) -> str:
    """One line a step that is done, with the last line that it printed."""
    lines = []
    for record in sorted(out.glob("*.done.json"), key=lambda path: path.stat().st_mtime):
        name = record.name.removesuffix(".done.json")
        said = (out / f"{name}.log").read_text("utf-8", "replace").splitlines()
        lines.append(f"{name:10}{read_json(record)['seconds']:7.1f} s  {said[-1] if said else ''}\n")
    return "".join(lines)


if __name__ == "__main__":
    run(main)
