"""A pipeline in a scratch folder, and what can be asked of it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from lightcnn.core.yaml import as_yaml, read_yaml
from lightcnn.pipeline.fingerprints import PACKAGES
from lightcnn.pipeline.project import create
from lightcnn.pipeline.subset import only, shortened
from tests.helpers import ROOT

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("LIGHTCNN", "DVC", "GIT"))},
    "OMP_NUM_THREADS": "1",  # on networks this small a second thread only waits
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    **{f"GIT_{who}_{what}": f"test{at}" for who in ("AUTHOR", "COMMITTER") for what, at in (("NAME", ""), ("EMAIL", "@example.com"))},
}

RATE = "trainings.baseline-raw.optimizer.lr"
FIGURES = ("stage1_training_results", "stage2_progressive_unfreezing", "confusion_matrix")
"""Enough to see which stage runs; tests/reporting/figures draws all of them."""


class Done(NamedTuple):
    """A finished command."""

    code: int
    text: str

    def succeeded(self) -> "Done":
        """The same, where all went well."""
        assert self.code == 0, self.text
        return self

    @property
    def ran(self) -> set[str]:
        """The stages that were run, without those taken from the run cache."""
        return set(re.findall(r"Running stage '([^']+)'", self.text))

    @property
    def cached(self) -> set[str]:
        """The stages whose outputs were taken from the run cache."""
        return set(re.findall(r"Stage '([^']+)' is cached", self.text))


class Pipe(NamedTuple):
    """A pipeline in a folder."""

    folder: Path

    def run(self, *command: str, **environment: str) -> Done:
        """Run a command there, with this Python first on the path."""
        done = subprocess.run(command, cwd=self.folder, env=ENVIRONMENT | environment, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout + done.stderr)

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command there, in a process group of its own; all that it says goes to its standard output."""
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env=ENVIRONMENT | environment, start_new_session=True, **pipes)

    def dvc(self, *arguments: str, **environment: str) -> Done:
        """Run dvc there."""
        return self.run(sys.executable, "-m", "dvc", *arguments, **environment)

    def git(self, *arguments: str) -> Done:
        """Run git there."""
        return self.run("git", *arguments)

    def params(self) -> dict[str, Any]:
        """What params.yaml says."""
        return read_yaml(self.folder / "params.yaml")

    def set(self, path: str, value: Any) -> None:
        """Change one key of params.yaml, named by its dotted path."""
        content = self.params()
        *parents, last = path.split(".")
        place: Any = content
        for key in parents:
            place = place[int(key) if isinstance(place, list) else key]
        place[last] = value
        (self.folder / "params.yaml").write_text(as_yaml(content))

    def track(self) -> "Pipe":
        """Put it under git as the project is, with the project's own settings of git and DVC."""
        for name in (".gitattributes", ".dvc/config", ".dvc/.gitignore"):
            shutil.copyfile(ROOT / name, self.folder / name)
        self.git("init", "-q", "-b", "main").succeeded()
        return self.commit("start")

    def commit(self, message: str) -> "Pipe":
        """Commit all that git does not ignore."""
        self.git("add", "-A").succeeded()
        self.git("commit", "-q", "-m", message).succeeded()
        return self

    def clone(self, target: Path) -> "Pipe":
        """What git alone brings elsewhere."""
        self.git("clone", "-q", ".", str(target)).succeeded()
        return Pipe(target)

    def changed(self) -> str:
        """What git calls changed."""
        return self.git("status", "--porcelain").succeeded().text

    def stored(self, path: str) -> Path:
        """Where the store keeps an output that dvc.lock names."""
        lock = (self.folder / "dvc.lock").read_text()
        digest = lock.partition(f"path: {path}\n")[2].partition("md5: ")[2].partition("\n")[0]
        return self.folder / "store/files/md5" / digest[:2] / digest[2:]

    def copy(self, target: Path) -> "Pipe":
        """The same pipeline elsewhere, with all that it has computed."""
        shutil.copytree(self.folder, target, symlinks=True)
        return Pipe(target)


def create_checkout(folder: Path, params: dict[str, Any]) -> None:
    """Make a folder a project that has the code in it, as this repository is: to edit that, and to have all of it in one place."""
    create(folder, params)
    for name in ("dvc.yaml", ".gitignore", ".dvcignore"):
        shutil.copyfile(ROOT / name, folder / name)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


def tiny_params() -> dict[str, Any]:
    """The project's own params, cut to the baseline on 16-pixel digits: two seeds, six epochs, four phases."""
    data = {"dataset": {"name": "digits"}, "image_size": 16, "valid_size": 200}
    params = shortened(only(read_yaml(ROOT / "params.yaml"), "baseline"), data, 6, 1, "test")
    for training in params["trainings"].values():
        training["seeds"] = [0, 1]
    params["figures"] = [figure for figure in params["figures"] if figure["name"] in FIGURES]
    return {**params, "models": ["baseline-raw", "baseline"], "latency": {"warmup": 1, "calls": 10}}
