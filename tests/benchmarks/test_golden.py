"""The golden run tells a change that leaves every byte alone from one that does not."""

import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from benchmarks import golden
from lightcnn.core import registry
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.pipeline.params import Params
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT

KEPT = {
    "architectures": ["enhanced", "paper"],
    "optim": ["adamw"],
    "schedules": ["constant", "cosine"],
    **{family: [] for family in ("augment", "mix", "regularize", "resize", "precision", "averaging")},
    **{"losses": ["cross_entropy"], "convs": ["depthwise_separable"], "attention": ["se"], "heads": ["gap"]},
}
GOLDEN = ("python", "-m", "benchmarks.golden")


@pytest.fixture
def checkout(tmp_path: Path) -> Pipe:
    """A repository of the code alone, committed; since then it lost most of its components, so that only two trainings take part in a fusion."""
    repository = Pipe(tmp_path / "checkout")
    for name in ("benchmarks", *golden.PACKAGES):
        shutil.copytree(ROOT / name, repository.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "base")):
        assert repository.git(*command).code == 0
    for family, kept in KEPT.items():
        for component in repository.folder.glob(f"lightcnn/*/{family}/[a-z]*.py"):
            if component.stem not in kept:
                component.unlink()
    return repository


def edit(repository: Pipe, file: str, old: str, new: str) -> None:
    path = repository.folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.slow
def test_other_words_for_the_same_are_identical(checkout: Pipe) -> None:
    edit(checkout, "lightcnn/training/schedules/cosine.py", "/ 2", "* 0.5")
    done = checkout.run(*GOLDEN, "HEAD")
    assert (done.code, done.text.batches_per_epoch(" identical\n")) == (0, 6), done.text


@pytest.mark.slow
def test_a_changed_constant_is_told_in_just_the_runs_that_use_it(checkout: Pipe) -> None:
    edit(checkout, "lightcnn/training/schedules/cosine.py", "/ 2", "/ 2.001")
    done = checkout.run(*GOLDEN, "HEAD")
    assert done.code == 1
    assert [line.split() for line in done.text.splitlines() if line.endswith(("identical", "DIFFERENT"))] == [
        ["enhanced", "identical"],
        ["paper", "DIFFERENT"],
        ["paper-2", "identical"],
        ["mixed-0", "identical"],
        ["mixed-1", "DIFFERENT"],
        ["fusion", "DIFFERENT"],
    ], done.text


@pytest.mark.parametrize("file", ["runs/one/weights.safetensors", "curves/one/1.tsv"])
def test_one_bit_makes_a_run_different(tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    for name in ("before", "now"):
        for path in ("runs/one/weights.safetensors", "curves/one/0.tsv", "curves/one/1.tsv"):
            write_bytes(tmp_path / name / path, b"bytes")
    folders = (tmp_path / "before", tmp_path / "now")
    golden.compare(*folders, ["one"])
    (tmp_path / "now" / file).write_bytes(b"bytdr")
    with pytest.raises(UserError, match="1 of 1 runs differ"):
        golden.compare(*folders, ["one"])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["one", "identical"], ["one", "DIFFERENT"]]


def test_every_room_of_training_has_a_turn() -> None:
    names = {family: registry.available(family) for family in (*golden.SLOTS.values(), *golden.PARTS.values(), "architectures")}
    params = golden.params_of(names)
    Params.from_plain(params)
    assert set(re.findall(r'"name": "(\w+)"', json.dumps(params["trainings"]))) == set().union(*names.values())


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
