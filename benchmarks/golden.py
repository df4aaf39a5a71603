"""Check whether training gives the same bytes as at another revision, on this machine.

It is what makes `dvc commit` after a change of training code an honest thing: `make golden BASE=REVISION`.
"""

import os
import shutil
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.pipeline.fingerprints import CODE as ROOT
from lightcnn.pipeline.fingerprints import PACKAGES

SLOTS = {
    **{"optimizer": "optim", "schedule": "schedules", "loss": "losses", "augment": "augment", "mix": "mix", "regularize": "regularize"},
    **{"resize": "resize", "precision": "precision", "averaging": "averaging"},
}
PARTS = {"conv": "convs", "attention": "attention", "head": "heads"}
"""Where components stand in a training and in the enhanced network, and their families."""
LISTS, OPTIONAL = ("augment", "mix", "regularize"), ("augment", "mix", "regularize", "resize", "precision", "averaging", "attention")
SMALL = {"name": "enhanced", "widths": [8, 8], "depth": 1}
COMMON: dict[str, Any] = {"batch_size": 64, "augment": []}


def main(base: str, device: str = "cpu") -> None:
    """Train tiny networks with the code of the git revision BASE and with that of the working tree; fail where a byte differs.

    Both train in a temporary folder on DEVICE (cpu or cuda), with every component of training that both have, and fuse two of the networks.
    """
    with TemporaryDirectory(prefix="golden") as scratch:
        before, now = Path(scratch, "base"), Path(scratch, "now")
        check_out(base, before)
        for name in PACKAGES:
            shutil.copytree(ROOT / name, now / name, ignore=shutil.ignore_patterns("__pycache__"))
        names = {family: shared(family, before, now) for family in (*SLOTS.values(), *PARTS.values(), "architectures")}
        params = params_of(names, device)
        for title, folder in ((base, before), ("the working tree", now)):
            print(f"training with the code of {title}", flush=True)
            train(folder, params)
        compare(before, now, [*params["trainings"], *params["fusions"]])


def check_out(revision: str, folder: Path) -> None:
    """Put the code of a revision into a folder.

    Raises:
        UserError: where there is no such revision, or no such code in it.
    """
    archive = subprocess.run(["git", "archive", revision, *PACKAGES], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        raise UserError(f"BASE={revision}: no revision to compare with ({archive.stderr.decode().strip()})")
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)


def shared(family: str, *folders: Path) -> list[str]:
    """The components of a family that the code in every folder has."""
    return sorted(
        set.intersection(
            *({path.stem for path in folder.glob(f"lightcnn/*/{family}/[a-z]*.py") if path.stem.isidentifier()} for folder in folders)
        )
    )


def params_of(names: dict[str, list[str]], device: str = "cpu") -> dict[str, Any]:
    """A params.yaml with a training of each network, as many of the enhanced one as give every component a turn, and a fusion of the paper's."""
    choices = {slot: [*([None] if slot in OPTIONAL else []), *names[family]] for slot, family in (SLOTS | PARTS).items()}
    turns = range(max(map(len, choices.values())))
    mixed = [training({slot: components[turn % len(components)] for slot, components in choices.items()}) for turn in turns]
    moves = [{key: run[key] for key in ("optimizer", "schedule", "epochs")} for run in mixed]
    networks = {
        name: {**COMMON, **move, "architecture": {"name": name.removesuffix("-2")}, "seeds": [0, 1]}
        for name, move in zip((*names["architectures"], "paper-2"), cycle(moves), strict=False)
    }
    phases = {group: {"unfreeze": [group], **move} for group, move in zip(("fusion", "head", "conv2", "conv1"), cycle(moves), strict=False)}
    fusion = {**COMMON, "branches": ["paper", "paper-2"], "fusion": {"name": "concat_mlp", "hidden": 8}, "phases": phases}
    return {
        "runtime": {"device": device, "threads": 1, "progress": "lines"},
        "data": {"dataset": {"name": "digits"}, "image_size": 12, "valid_size": 200},
        "trainings": {**networks, **{f"mixed-{turn}": run for turn, run in enumerate(mixed)}},
        "fusions": {"fusion": fusion},
        "models": ["fusion"],
    }


def training(components: dict[str, str | None]) -> dict[str, Any]:
    """A training of a small enhanced network, with these components where they stand."""
    named = {slot: component and {"name": component} for slot, component in components.items()}
    parts = {part: named.pop(part) for part in PARTS}
    slots = {slot: [component] if slot in LISTS else component for slot, component in named.items() if component}
    return {**COMMON, **slots, "architecture": {**SMALL, **parts}, "epochs": 2, "seeds": [0, 1]}


def train(folder: Path, params: dict[str, Any]) -> None:
    """Run the stages up to training and fusion with the code in a folder.

    Raises:
        UserError: where one of them fails; what it said is part of it.
    """
    write_json(folder / "params.yaml", params)  # YAML holds all of JSON
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
        raise UserError(f"stage {name} failed with the code of {folder.name}\n{done.stdout.strip()}")


def compare(before: Path, now: Path, runs: list[str]) -> None:
    """Say of each run whether weights and curves are the same bytes in both folders.

    Raises:
        UserError: where some are not.
    """
    different = []
    for name in runs:
        files = (Path("runs", name, "weights.safetensors"), *(Path("curves", name, f"{seed}.tsv") for seed in (0, 1)))
        if any((before / file).read_bytes() != (now / file).read_bytes() for file in files):
            different.append(name)
        print(f"{name:24} {'DIFFERENT' if name in different else 'identical'}", flush=True)
    if different:
        raise UserError(f"{len(different)} of {len(runs)} runs differ: this change alters what training computes")


if __name__ == "__main__":
    run(main)
