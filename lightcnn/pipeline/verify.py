"""Proof that results and code belong together: nothing left to run, every weight in the store, and metrics that come out again."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lightcnn.artifacts.lock import read_lock
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.core.git import git
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline import workspace
from lightcnn.pipeline.leftovers import gone

TRACKED = ("dvc.yaml", "dvc.lock", "params.yaml", "lightcnn", "stages", "reports", "store")
TOP1, NLL = 3e-4, 1e-4
"""How far metrics may lie apart on another machine: three images of 10,000, of fewer one image; and that much of the mean log-likelihood."""


def problems(root: Path) -> Iterator[str]:
    """What is wrong in a checkout after `dvc pull --allow-missing`, a line each; the plan is made for real on the way."""
    workspace.dvc(root, "repro", "--quiet", "plan")
    yield from uncommitted(root)
    left = stale(root)
    yield from left
    yield from not_stored(root)
    if not left:
        yield from not_reproduced(root)


def uncommitted(root: Path) -> list[str]:
    """What git would call changed among code and results."""
    try:
        status = git(root, "status", "--porcelain", "--", *TRACKED)
    except UserError as problem:
        raise UserError(f"{root.resolve()}: no git checkout, so nothing here can be proven to be committed ({problem})") from None
    return [f"not committed: {line[3:]}" for line in status.splitlines()]


def stale(root: Path) -> list[str]:
    """The stages that a repro would run: their results are not those of this code and these params."""
    output = workspace.dvc(root, "repro", "--dry", "--allow-missing", capture=True)
    return [f"stale: {stage} would run" for stage in re.findall(r"Running stage '([^']+)'", output)]


def not_stored(root: Path) -> Iterator[str]:
    """What dvc.lock names and the store lacks, or holds damaged: DVC itself pulls a damaged file in silence.

    Stages that params.yaml no longer asks for stay in dvc.lock, and are passed over.
    """
    locked = read_lock(root / "dvc.lock")
    stages = {name: locked[name] for name in locked if name not in gone(locked, root / "plan")}
    local = {path for stage in ("plan", "fetch", "prepare") for path in stages.get(stage, {})}
    for name, outputs in stages.items():
        for path, digest in outputs.items():
            if path not in local and not path.startswith("reports/"):
                yield from _lacking(root / "store/files/md5", digest, f"{name}: {path}")


def _lacking(store: Path, digest: str, title: str) -> Iterator[str]:
    """Check one stored file against its name, and of a folder's listing each file in it."""
    path = store / digest[:2] / digest[2:]
    if not path.exists():
        yield f"not in the store: {title}; `dvc push` brings it there"
    elif hashlib.md5(path.read_bytes()).hexdigest() != digest.removesuffix(".dir"):
        yield f"damaged in the store: {title} ({path})"
    elif digest.endswith(".dir"):
        for entry in json.loads(path.read_text("utf-8")):
            yield from _lacking(store, entry["md5"], f"{title}/{entry['relpath']}")


def not_reproduced(root: Path) -> Iterator[str]:
    """The stored weights, evaluated again: equal to the committed metrics on the machine they were made on, near them on another."""
    for model in read_yaml(root / "params.yaml")["models"]:
        committed = read_json(root / f"reports/metrics/{model}.json")
        with TemporaryDirectory() as scratch:
            again = _evaluated(root, model, Path(scratch))
        if again != committed and (_is_own_machine(root, model) or not _near(again, committed)):
            yield f"not reproduced: {model}: top-1 {again['test']['top1']['mean']}, committed {committed['test']['top1']['mean']}"


def _evaluated(root: Path, model: str, scratch: Path) -> Any:
    place = ["--run", f"runs/{model}", "--model", f"exported/{model}", "--prepared", "data/prepared"]
    out = ["--out", str(scratch / "metrics.json"), "--arrays", str(scratch / "arrays.npz")]
    command = [sys.executable, "-m", "stages.evaluate", f"plan/evaluate/{model}.json", *place, *out]
    if subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=False).returncode:
        raise UserError(f"{model}: cannot be evaluated again; the lines above say why")
    return read_json(scratch / "metrics.json")


def _is_own_machine(root: Path, model: str) -> bool:
    """Whether the run was trained here: then its evaluation, too, has to be the same to the bit."""
    import torch

    from lightcnn.training.device import environment

    recorded = read_json(root / f"runs/{model}/metadata.json")
    here = environment(torch.device("cpu"))
    return all(recorded.get(key) == here[key] for key in here.keys() - {"threads"})  # whose evaluation is on one in any case


def _near(again: Any, committed: Any) -> bool:
    limits = {"top1": max(TOP1, 1 / committed["images"]["test"]), "nll": NLL}
    pairs = [(again["test"][key]["mean"] - committed["test"][key]["mean"], most) for key, most in limits.items()]
    return all(abs(difference) <= most * (1 + 1e-9) for difference, most in pairs)
