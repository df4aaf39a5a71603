"""Several projects in one repository, through real dvc: what an edit of their common code reaches, and that they leave each other alone."""

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from lightcnn.pipeline.project import create
from lightcnn.techniques.combine import PLAIN
from tests.end_to_end.again import Again, Process, follow
from tests.end_to_end.conftest import Once
from tests.end_to_end.pipe import Done, Pipe
from tests.helpers import edited

OUTDATED = "import sys; from pathlib import Path; from lightcnn.pipeline.verify import outdated; print(outdated(Path(sys.argv[1])))"
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}


class Study(Pipe):
    """A study; the code of the repository that it lies in is installed, as by `pip install -e`."""

    @classmethod
    def of(cls, root: Pipe, name: str) -> "Study":
        return cls(root.folder / "studies" / name)

    def run(self, *command: str, **environment: str) -> Done:
        return super().run(*command, PYTHONPATH=str(self.folder.parents[1]), **environment)

    def start(self, *command: str, **environment: str) -> Process:
        return super().start(*command, PYTHONPATH=str(self.folder.parents[1]), **environment)


@pytest.fixture(scope="session")
def family(once: Once, plain: Pipe) -> Pipe:
    """A committed pipeline with two studies, one run of each trained: `nadam` by an optimizer that nothing else has, `sgd` by the root's."""

    def make(pipe: Pipe) -> None:
        plain.copy(pipe.folder)
        for name in ("nadam", "sgd"):
            study = Study.of(pipe, name)
            params = edited(edited(PLAIN, "trainings.one.optimizer", {"name": name, "lr": 0.02}), "trainings.one.epochs", 8)
            create(study.folder, params)
            study.dvc("repro", "train@one").succeeded()
        pipe.commit("studies")

    return once("family", make)


@pytest.fixture
def root(family: Pipe, tmp_path: Path) -> Pipe:
    """A copy of it, to do with as one likes."""
    return family.copy(tmp_path / "root")


def test_an_edit_runs_what_it_affects_in_every_project_and_bytecode_nothing(root: Pipe) -> None:
    nadam, sgd = (Study.of(root, name) for name in ("nadam", "sgd"))
    for study in (nadam, sgd):
        assert study.dvc("repro", "train@one", **BYTECODE).succeeded().ran == {"code"}
    assert list((root.folder / "lightcnn").rglob("__pycache__"))
    assert json.loads(root.dvc("status", "--json", "plan", "train@one").text) == {}

    with (root.folder / "lightcnn/training/optim/nadam.py").open("a") as file:
        file.write("\nEDIT = 1\n")
    told = root.run(sys.executable, "-c", OUTDATED, "studies/nadam").succeeded().text
    assert told.startswith("out of date: train@one,")
    assert "train@other" not in told.split(", ")[0]
    assert root.dvc("repro", "fuse@pair", "evaluate@one").succeeded().ran == {"plan"}
    assert sgd.dvc("repro", "train@one").succeeded().ran == {"code", "plan"}
    assert nadam.dvc("repro", "train@one").succeeded().ran == {"code", "plan", "train@one"}


def test_a_stage_refuses_a_plan_of_other_code_than_it_runs_with(root: Pipe) -> None:
    study = Study.of(root, "nadam")
    before = (study.folder / "runs/one/weights.safetensors").read_bytes()
    with (root.folder / "lightcnn/training/optim/nadam.py").open("a") as file:
        file.write("\nEDIT = 1\n")
    done = study.run(*["python", "-m", "stages.train", "plan/train/one.json", "--out", "runs/one", "--curves", "reports/curves/one"])
    assert done.code == 1
    assert done.text.count("\n") == 1
    assert "planned with other code than is imported here (lightcnn/training/optim/nadam.py)" in done.text
    assert (study.folder / "runs/one/weights.safetensors").read_bytes() == before


def test_no_record_of_a_project_has_a_path_of_the_machine(family: Pipe) -> None:
    for name in ("nadam", "sgd"):
        study = Study.of(family, name)
        for text in ((study.folder / file).read_text() for file in ("dvc.lock", "code.json", ".dvc/config")):
            assert str(family.folder) not in text
            assert not re.search(r"(path:|url =|dir =) /", text)
        assert "path: .." not in (study.folder / "dvc.lock").read_text()
    assert family.changed() == ""


def files_of(study: Pipe) -> dict[str, bytes]:
    """All that is in a study but for DVC's own notes."""
    paths = (path for path in study.folder.rglob("*") if path.is_file() and ".dvc" not in path.relative_to(study.folder).parts)
    return {str(path.relative_to(study.folder)): path.read_bytes() for path in paths}


def test_experiments_and_repro_in_the_root_leave_a_study_that_trains_alone(root: Pipe) -> None:
    study = Study.of(root, "sgd")
    again = Again.of(study, "train@one")
    with study.start(*again.repro) as process:
        said, _ = follow(process, 2)
        os.killpg(process.pid, signal.SIGSTOP)  # so that it surely is at work all the time
        before = files_of(study)
        done = root.dvc("exp", "run", "--temp", "-S", "trainings.one.optimizer.lr=0.01", "train@one").succeeded()
        assert done.ran == {"plan", "train@one"}
        root.set("trainings.one.optimizer.lr", 0.03)
        assert root.dvc("repro", "train@one").succeeded().ran == {"plan", "train@one"}
        assert files_of(study) == before
        os.killpg(process.pid, signal.SIGCONT)
        said += process.communicate()[0]
    again.is_whole(said)
    # Of the study nothing is another than was committed but for the record of how long it took.
    assert root.git("status", "--porcelain", "studies").text.split() in ([], ["M", "studies/sgd/dvc.lock"])


def test_an_experiment_aside_in_a_study_hashes_the_code_that_it_runs_with(root: Pipe) -> None:
    study = Study.of(root, "sgd")
    done = study.dvc("exp", "run", "--temp", "-S", "trainings.one.optimizer.lr=0.01", "train@one").succeeded()
    assert done.ran == {"code", "plan", "train@one"}
    assert root.changed() == ""
