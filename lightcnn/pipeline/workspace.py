"""The pipeline in a scratch folder: the project's own dvc.yaml and code, with other params."""

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.yaml import as_yaml

ROOT = Path(__file__).parents[2]
TAKEN = ("lightcnn", "stages", "dvc.yaml", ".dvcignore", ".gitignore")
OUTPUTS = ("plan", "runs", "exported", "evaluation", "models")
"""Folders of the pipeline that DVC removes before it makes them anew."""

MARK = ".lightcnn-workspace"
"""The file by which a folder that `create` made is known again; in any other, nothing is overwritten."""


def create(folder: Path, params: dict[str, Any], root: Path = ROOT) -> None:
    """Make `folder` a copy of the pipeline with `params`, or bring an earlier one up to date: what it has computed is kept.

    Raises:
        UserError: where `folder` holds something else or is part of the project, or the project's files are not there.
    """
    _refuse_foreign(folder, root)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by lightcnn, which brings code and params.yaml in here up to date; `make clean` may remove it all.\n")
    if not (folder / ".dvc").exists():
        dvc(folder, "init", "--no-scm", "--quiet")
        dvc(folder, "config", "core.analytics", "false")
    for name in TAKEN:
        source, target = root / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            write_bytes(target, source.read_bytes())
    (folder / "reports/benchmarks").mkdir(parents=True, exist_ok=True)  # what the report takes in; here there may be none
    (folder / "reports/benchmarks/.gitkeep").touch()
    write_bytes(folder / "params.yaml", as_yaml(params).encode())


def _refuse_foreign(folder: Path, root: Path) -> None:
    """Stop where a workspace in `folder` would overwrite, or be taken for, what is not its own.

    Raises:
        UserError: see `create`.
    """
    if not (root / "dvc.yaml").exists():
        raise UserError(f"{root}: no dvc.yaml here; this command needs a checkout of the project")
    place, project = folder.resolve(), root.resolve()
    if project.is_relative_to(place):
        raise UserError(f"{folder}: holds the project itself; name a folder of its own")
    if place.is_relative_to(project) and (part := place.relative_to(project).parts[0]) and _is_taken(project / part, place):
        raise UserError(f"{folder}: lies in {part}/, a part of the project; name a folder beside it, or outside")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        old = " (if it is a demo of an earlier version, remove it)" if (folder / ".dvc").exists() else ""
        raise UserError(
            f"{folder}: holds something that is no pipeline of this command's making, {MARK} is not in it{old}; name an empty folder"
        )


def _is_taken(part: Path, place: Path) -> bool:
    """Whether a folder at the top of the project is no place for a workspace in it, or is an output of the pipeline."""
    return part.name in OUTPUTS or (part != place and part.exists() and not (part / MARK).is_file())


def dvc(folder: Path, *arguments: str, capture: bool = False) -> str:
    """Run dvc in a folder, its stages with this Python; gives what it printed where that is captured.

    Raises:
        UserError: where it fails; what it printed says why.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command, output = [sys.executable, "-m", "dvc", *arguments], subprocess.PIPE if capture else None
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PATH": path}, stdout=output, encoding="utf-8", errors="replace"
    ) as process:
        try:
            text, _ = process.communicate()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C has reached it as well, and it waits for its stage; subprocess.run would kill it after a moment
            raise
    if process.returncode:
        raise UserError(f"`dvc {' '.join(arguments)}` failed in {folder}; its last lines say why")
    return text or ""


def shortened(params: dict[str, Any], data: dict[str, Any], epochs: int, phase_epochs: int, note: str) -> dict[str, Any]:
    """The same runs on other data, with less training and one seed."""
    short = copy.deepcopy(params)
    short |= {"note": note, "data": {"split_seed": 0, **data}}
    for training in (*short["trainings"].values(), *short.get("distillations", {}).values()):
        training |= {"epochs": epochs, "seeds": training["seeds"][:1]}
    for fusion in short.get("fusions", {}).values():
        for phase in fusion["phases"].values():
            phase["epochs"] = phase_epochs
    return short


def only(params: dict[str, Any], run: str) -> dict[str, Any]:
    """Of all runs just one and those that it takes; what is reported and claimed, too."""
    kinds = {kind: params.get(kind, {}) for kind in ("trainings", "distillations", "fusions")}
    kept, waiting = set[str](), [run]
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept.add(name)
        waiting += kinds["fusions"].get(name, {}).get("branches", [])
        waiting += [kinds["distillations"][name]["teacher"]] if name in kinds["distillations"] else []
    left = {kind: {name: settings for name, settings in runs.items() if name in kept} for kind, runs in kinds.items()}
    models = [name for name in params["models"] if name in kept]
    claims = {name: claim for name, claim in params.get("claims", {}).items() if {claim["run"], claim["control"]} <= {*models}}
    return {**params, **left, "models": models, "claims": claims}
