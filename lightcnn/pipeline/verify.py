"""Prove that results belong to the code: nothing to run, all weights stored, metrics reproduced."""

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
from lightcnn.artifacts.metrics import Metrics
from lightcnn.artifacts.record import read_record
from lightcnn.core.errors import UserError
from lightcnn.core.files import as_json, read_json
from lightcnn.core.git import git
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.dvc import dvc
from lightcnn.pipeline.fingerprints import CODE, PACKAGES, read_sources
from lightcnn.pipeline.leftovers import gone
from lightcnn.pipeline.params import load_params
from lightcnn.pipeline.plan import plan_files
from lightcnn.pipeline.project import home, ships

TRACKED = ("dvc.yaml", "dvc.lock", "params.yaml", "reports", *PACKAGES)
LOCAL = ("code", "plan", "fetch", "prepare")
"""Stages whose outputs are not shipped: a clone recreates them, the same to the byte."""

TOP1, NLL = 3e-4, 1e-4
"""How far metrics may lie apart on another machine: three images of 10,000, of fewer one image; and that much of the mean log-likelihood."""


def problems(project: Path) -> Iterator[str]:
    """What is wrong in a project after `dvc pull --allow-missing`, a line each; the plan is made for real on the way."""
    dvc(project, "repro", "--quiet", "plan")
    yield from uncommitted(project)
    left = stale(project)
    yield from left
    if ships(project):
        yield from not_stored(project)
    if not left:
        yield from not_reproduced(project)


def outdated(project: Path) -> str:
    """What of a project was made with other code or settings than there are now, in words; nothing is run or written for it.

    dvc.lock has the hash of the plan file that each result was made with. The report is passed over: its plan changes with all code.
    """
    lock = project / "dvc.lock"
    try:
        plans = plan_files(load_params(project / "params.yaml"), read_sources())
        recorded = {path: md5 for files in read_lock(lock, "deps").values() for path, md5 in files.items()} if lock.exists() else {}
    except UserError as problem:
        return f"not for this version: {'; '.join(str(problem).splitlines())}"
    if not any(f"plan/{path}" in recorded for path in plans):
        return "not run yet"
    now = {path: hashlib.md5(as_json(plan)).hexdigest() for path, plan in plans.items() if plan["stage"] != "report"}
    others = [path.removesuffix(".json").replace("/", "@") for path, md5 in now.items() if recorded.get(f"plan/{path}") != md5]
    return f"out of date: {', '.join(others)}" if others else "up to date"


def uncommitted(project: Path) -> list[str]:
    """What git would call changed among results, and of the code and the store where they lie in the same repository."""
    top = _git_top(project)
    around = [(CODE / package).resolve() for package in PACKAGES] + [(home(project) / "store").resolve()]
    paths = [*TRACKED, *(str(path) for path in around if path.is_relative_to(top))]
    return [f"not committed: {line[3:]}" for line in git(project, "status", "--porcelain", "--", *paths).splitlines()]


def _git_top(project: Path) -> Path:
    try:
        return Path(git(project, "rev-parse", "--show-toplevel").rstrip("\n"))
    except UserError as problem:
        raise UserError(f"{project.resolve()}: no git checkout, so nothing here can be proven to be committed ({problem})") from None


def stale(project: Path) -> list[str]:
    """The stages that a repro would run: their results are not those of this code and these params."""
    output = dvc(project, "repro", "--dry", "--allow-missing", capture=True)
    return [f"stale: {stage} would run" for stage in re.findall(r"Running stage '([^']+)'", output) if stage != "code"]


def not_stored(project: Path) -> Iterator[str]:
    """What dvc.lock names and the store lacks, or holds damaged: DVC itself pulls a damaged file in silence.

    Stages that params.yaml no longer asks for stay in dvc.lock, and are passed over.
    """
    locked = read_lock(project / "dvc.lock")
    stages = {name: locked[name] for name in locked if name not in gone(locked, project / "plan")}
    local = {path for stage in LOCAL for path in stages.get(stage, {})}
    for name, outputs in stages.items():
        for path, digest in outputs.items():
            if path not in local and not path.startswith("reports/"):
                yield from _lacking(home(project) / "store/files/md5", digest, f"{name}: {path}")


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


def not_reproduced(project: Path) -> Iterator[str]:
    """The weights, evaluated again: equal to the committed metrics on the machine they were made on, near them on another.

    Weights that are not shipped may not be here; then there is nothing to evaluate.
    """
    for model in read_yaml(project / "params.yaml")["models"]:
        if not (ships(project) or (project / f"exported/{model}").exists()):
            continue
        path = project / f"reports/metrics/{model}.json"
        read_record(path, Metrics)  # refuses another form
        committed = read_json(path)
        with TemporaryDirectory() as scratch:
            again = _evaluated(project, model, Path(scratch))
        if again != committed and (_is_own_machine(project, model) or not _near(again, committed)):
            yield f"not reproduced: {model}: top-1 {again['test']['top1']['mean']}, committed {committed['test']['top1']['mean']}"


def _evaluated(project: Path, model: str, scratch: Path) -> Any:
    place = ["--run", f"runs/{model}", "--model", f"exported/{model}", "--prepared", "data/prepared"]
    out = ["--out", str(scratch / "metrics.json"), "--arrays", str(scratch / "arrays.npz")]
    command = [sys.executable, "-m", "stages.evaluate", f"plan/evaluate/{model}.json", *place, *out]
    if subprocess.run(command, cwd=project, stdout=subprocess.DEVNULL, check=False).returncode:
        raise UserError(f"{model}: cannot be evaluated again; the lines above say why")
    return read_json(scratch / "metrics.json")


def _is_own_machine(project: Path, model: str) -> bool:
    """Whether the run was trained here: then its evaluation, too, has to be the same to the bit."""
    import torch

    from lightcnn.training.device import environment

    recorded = read_json(project / f"runs/{model}/metadata.json")
    here = environment(torch.device("cpu"))
    keys = here.keys() - {"threads"}  # whose evaluation is on one in any case
    return isinstance(recorded, dict) and all(recorded.get(key) == here[key] for key in keys)


def _near(again: Any, committed: Any) -> bool:
    limits = {"top1": max(TOP1, 1 / committed["images"]["test"]), "nll": NLL}
    pairs = [(again["test"][key]["mean"] - committed["test"][key]["mean"], most) for key, most in limits.items()]
    return all(abs(difference) <= most * (1 + 1e-9) for difference, most in pairs)
