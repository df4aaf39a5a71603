"""The golden run: does the code of the working tree train to the same bytes as that of another revision, on this machine?

It is what makes `dvc commit` after a change of training code an honest thing: `make golden BASE=REVISION`.
"""

import os
import shutil
import subprocess
import sys
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lightcnn import artefacts
from lightcnn.faults import Fault
from lightcnn.shell import run
from lightcnn.workspace import ROOT

CODE = ("lightcnn", "stages")
AUGMENT = [{"name": "crop_flip", "pad": 1}, {"name": "affine"}]
PAPER = {"name": "paper", "first": 4, "second": 6}
COMMON = {"batch_size": 64, "averaging": {"name": "ema", "decay": 0.9}}


def main(base: str) -> None:
    """Train tiny networks with the code of the git revision BASE and with that of the working tree; fail where a byte differs.

    Both train in a temporary folder, with every optimizer and schedule that both have, and fuse two of the networks.
    """
    with TemporaryDirectory(prefix="golden") as scratch:
        before, now = Path(scratch, "base"), Path(scratch, "now")
        check_out(base, before)
        for name in CODE:
            shutil.copytree(ROOT / name, now / name, ignore=shutil.ignore_patterns("__pycache__"))
        params = params_of(shared("optim", before, now), shared("schedules", before, now))
        for title, folder in ((base, before), ("the working tree", now)):
            print(f"training with the code of {title}", flush=True)
            train(folder, params)
        compare(before, now, [*params["trainings"], *params["fusions"]])


def check_out(revision: str, folder: Path) -> None:
    """Put the code of a revision into a folder.

    Raises:
        Fault: where there is no such revision, or no such code in it.
    """
    archive = subprocess.run(["git", "archive", revision, *CODE], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        raise Fault(f"BASE={revision}: no revision to compare with ({archive.stderr.decode().strip()})")
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)


def shared(family: str, *folders: Path) -> list[str]:
    """The rooms of a family that the code in every folder has."""
    return sorted(set.intersection(*({path.stem for path in (folder / "lightcnn" / family).glob("[a-z]*.py")} for folder in folders)))


def params_of(optimizers: list[str], schedules: list[str]) -> dict[str, Any]:
    """A params.yaml with a training for each optimizer and each schedule, every second one augmented, and a fusion of the first two.

    Those two have the paper's network, the others the enhanced one.
    """
    pairs = list(islice(zip(cycle(optimizers), cycle(schedules), strict=False), max(len(optimizers), len(schedules))))
    moves = [{"optimizer": {"name": optimizer}, "schedule": {"name": schedule}, "epochs": 2} for optimizer, schedule in pairs]
    networks = chain([PAPER] * 2, repeat({"name": "enhanced"}))
    trainings = {
        "-".join(pair): {**COMMON, **move, "model": model, "augment": view, "seeds": [0, 1]}
        for pair, move, model, view in zip(pairs, moves, networks, cycle(([], AUGMENT)), strict=False)
    }
    phases = [{"unfreeze": [group], **move} for group, move in zip(("fusion", "head", "conv2", "conv1"), cycle(moves), strict=False)]
    fusion = {**COMMON, "augment": AUGMENT, "branches": list(trainings)[:2], "head": {"name": "dense", "hidden": 8}, "phases": phases}
    return {
        "runtime": {"device": "cpu", "threads": 1, "progress": "lines"},
        "data": {"source": {"name": "digits"}, "image_size": 12, "valid_size": 200},
        "trainings": trainings,
        "fusions": {"fusion": fusion},
        "models": ["fusion"],
    }


def train(folder: Path, params: dict[str, Any]) -> None:
    """Run the stages up to training and fusion with the code in a folder.

    Raises:
        Fault: where one of them fails; what it said is part of it.
    """
    artefacts.write_json(folder / "params.yaml", params)  # YAML holds all of JSON
    stage(folder, "plan")
    stage(folder, "fetch", "plan/fetch.json")
    stage(folder, "prepare", "plan/prepare.json")
    for kind, runs in (("train", params["trainings"]), ("fuse", params["fusions"])):
        for name in runs:
            stage(folder, kind, f"plan/{kind}/{name}.json", "--out", f"runs/{name}", "--curves", f"curves/{name}")


def stage(folder: Path, name: str, *arguments: str) -> None:
    """Run one stage there, with the code there and no other."""
    command, environment = [sys.executable, "-m", f"stages.{name}", *arguments], {**os.environ, "PYTHONPATH": str(folder)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, **pipes)
    if done.returncode:
        raise Fault(f"stage {name} failed with the code of {folder.name}\n{done.stdout.strip()}")


def compare(before: Path, now: Path, runs: list[str]) -> None:
    """Say of each run whether weights and curves are the same bytes in both folders.

    Raises:
        Fault: where some are not.
    """
    different = []
    for name in runs:
        files = (Path("runs", name, "weights.safetensors"), *(Path("curves", name, f"{seed}.tsv") for seed in (0, 1)))
        if any((before / file).read_bytes() != (now / file).read_bytes() for file in files):
            different.append(name)
        print(f"{name:24} {'DIFFERENT' if name in different else 'identical'}", flush=True)
    if different:
        raise Fault(f"{len(different)} of {len(runs)} runs differ: this change alters what training computes")


if __name__ == "__main__":
    run(main)
