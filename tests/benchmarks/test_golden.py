"""The golden run tells a change that leaves every byte alone from one that does not."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from benchmarks import golden
from lightcnn import artefacts
from lightcnn.faults import Fault
from tests.helpers import ROOT
from tests.pipeline.pipe import Pipe

GOLDEN = ("python", "-m", "benchmarks.golden")


@pytest.fixture
def checkout(tmp_path: Path) -> Pipe:
    """A repository of the code alone, committed; since then it lost all optimizers but one, and the schedule `one_cycle`."""
    repository = Pipe(tmp_path / "checkout")
    for name in ("benchmarks", *golden.CODE):
        shutil.copytree(ROOT / name, repository.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "base")):
        assert repository.git(*command).code == 0
    for room in ("optim/nadam", "optim/sgd", "schedules/one_cycle"):
        (repository.folder / f"lightcnn/{room}.py").unlink()
    return repository


def edit(repository: Pipe, file: str, old: str, new: str) -> None:
    path = repository.folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.slow
def test_other_words_for_the_same_are_identical(checkout: Pipe) -> None:
    edit(checkout, "lightcnn/schedules/cosine.py", "/ 2", "* 0.5")
    done = checkout.run(*GOLDEN, "HEAD")
    assert (done.code, done.text.count(" identical\n")) == (0, 3), done.text


@pytest.mark.slow
def test_a_changed_constant_is_told_in_just_the_runs_that_use_it(checkout: Pipe) -> None:
    edit(checkout, "lightcnn/schedules/cosine.py", "/ 2", "/ 2.001")
    done = checkout.run(*GOLDEN, "HEAD")
    assert done.code == 1
    assert [line.split() for line in done.text.splitlines() if line.endswith(("identical", "DIFFERENT"))] == [
        ["adamw-constant", "identical"],
        ["adamw-cosine", "DIFFERENT"],
        ["fusion", "DIFFERENT"],
    ], done.text


@pytest.mark.parametrize("file", ["runs/one/weights.safetensors", "curves/one/1.tsv"])
def test_one_bit_makes_a_run_different(tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    for name in ("before", "now"):
        for path in ("runs/one/weights.safetensors", "curves/one/0.tsv", "curves/one/1.tsv"):
            artefacts.write_bytes(tmp_path / name / path, b"bytes")
    folders = (tmp_path / "before", tmp_path / "now")
    golden.compare(*folders, ["one"])
    (tmp_path / "now" / file).write_bytes(b"bytdr")
    with pytest.raises(Fault, match="1 of 1 runs differ"):
        golden.compare(*folders, ["one"])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["one", "identical"], ["one", "DIFFERENT"]]


def test_every_optimizer_and_every_schedule_is_trained_with() -> None:
    runs = golden.params_of(["a", "b"], ["u", "v", "w"])["trainings"].values()
    assert {run["optimizer"]["name"] for run in runs} == {"a", "b"}
    assert {run["schedule"]["name"] for run in runs} == {"u", "v", "w"}


def test_what_is_no_revision_is_told(checkout: Pipe) -> None:
    done = checkout.run(*GOLDEN, "nowhere")
    assert done.code == 1
    assert done.text.startswith("python -m benchmarks.golden: BASE=nowhere: no revision to compare with")


def test_interrupted_it_leaves_nothing_behind(checkout: Pipe, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with checkout.start(*GOLDEN, "HEAD", TMPDIR=str(scratch)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert list(scratch.iterdir())
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
    assert not list(scratch.iterdir())
