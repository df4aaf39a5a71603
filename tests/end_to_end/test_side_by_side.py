"""`lightcnn train`: seeds side by side and elsewhere, killed and started twice, end with the bytes of a training in place."""

import os
import re
import shlex
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.again import epochs_in, follow, results
from tests.end_to_end.pipe import Pipe
from tests.end_to_end.test_interrupted import seeds

RUNS = ("train@baseline-raw", "train@baseline-augmented", "fuse@baseline")
BRANCH_EPOCHS, EPOCHS = 2 * 2 * 6, 2 * (2 * 6 + 4)
TRAIN = (sys.executable, "-m", "lightcnn.cli", "train")


class Untrained:
    """A pipeline whose finished trainings DVC has forgotten; `undisturbed` is what they left."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.undisturbed = [results(pipe, stage) for stage in RUNS]
        pipe.set("runtime.workers", 2)
        self.forget()

    def forget(self) -> None:
        for place in ("dvc.lock", ".dvc/cache/runs", ".lightcnn", "runs", "reports/curves"):
            path = self.pipe.folder / place
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)

    def is_collected(self, **environment: str) -> None:
        """What seeds were left, `dvc repro` makes the undisturbed results of, and trains nothing."""
        done = self.pipe.dvc("repro", *RUNS, **environment).succeeded()
        assert epochs_in(done.text) == 0, done.text
        assert [results(self.pipe, stage) for stage in RUNS] == self.undisturbed
        assert self.pipe.dvc("repro", *RUNS).succeeded().ran == set()

    def left_checkpoints(self) -> list[Path]:
        return list((self.pipe.folder / ".lightcnn/checkpoints").glob("*/*"))


@pytest.fixture
def untrained(pipe: Pipe) -> Untrained:
    return Untrained(pipe)


def test_every_seed_is_trained_branches_first_and_dvc_takes_them(untrained: Untrained) -> None:
    said = untrained.pipe.run(*TRAIN).succeeded().text
    assert re.search(r"^6 seeds trained in .*; `dvc repro` makes the results of them", said, re.MULTILINE)
    assert epochs_in(said) == EPOCHS
    assert said.index("baseline seed") > max(
        said.rindex(f"baseline-{view} seed {seed}") for view in ("raw", "augmented") for seed in (0, 1)
    )
    untrained.is_collected()
    assert untrained.left_checkpoints() == []
    assert "0 seeds trained" in untrained.pipe.run(*TRAIN).succeeded().text


def test_dvc_itself_trains_seeds_side_by_side(untrained: Untrained) -> None:
    said = untrained.pipe.dvc("repro", *RUNS).succeeded().text
    assert epochs_in(said) == EPOCHS
    assert [results(untrained.pipe, stage) for stage in RUNS] == untrained.undisturbed
    assert untrained.left_checkpoints() == []


def test_tasks_may_be_carried_out_elsewhere(untrained: Untrained, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    for wave in (4, 2):
        printed = untrained.pipe.run(*TRAIN, "--print-tasks", "--seeds-to", str(shared)).succeeded().text.splitlines()
        tasks = [shlex.split(line) for line in printed if line.startswith("lightcnn train --task ")]
        assert len(tasks) == wave
        assert any("baseline waits for baseline-raw and baseline-augmented" in line for line in printed) == (wave == 4)
        for _, _, *task in tasks:
            untrained.pipe.run(*TRAIN, *task).succeeded()
    assert untrained.left_checkpoints() == []
    untrained.is_collected(LIGHTCNN_SEEDS=str(shared))
    assert len(list(shared.glob("checkpoints/*/*.finished"))) == 6


def workers_of(process: int) -> list[int]:
    """The processes that a process has started and that train a seed."""
    children = [number for file in Path(f"/proc/{process}/task").glob("*/children") for number in file.read_text().split()]
    return [int(number) for number in children if b"--seed" in Path(f"/proc/{number}/cmdline").read_bytes()]


@seeds(20, quick=3)
def test_killed_at_any_moment(untrained: Untrained, seed: int) -> None:
    moment = Random(seed)
    with untrained.pipe.start(*TRAIN) as process:
        _, seconds = follow(process, moment.randint(2, BRANCH_EPOCHS - 2))
        time.sleep(moment.random() * seconds)
        workers = workers_of(process.pid)
        victim = moment.choice([process.pid, *workers]) if seed else process.pid
        with suppress(ProcessLookupError):  # it may just have ended
            os.kill(victim, signal.SIGKILL)
        said = process.communicate()[0]
    assert process.returncode in (-signal.SIGKILL, 0, 1), said
    if victim in workers and process.returncode:
        assert "ended by SIGKILL; run it again, and it goes on from its last whole epoch" in said
    until = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    untrained.pipe.run(*TRAIN).succeeded()
    untrained.is_collected()


def test_started_twice_nothing_is_trained_twice(untrained: Untrained) -> None:
    with untrained.pipe.start(*TRAIN) as first:
        said, _ = follow(first, 2)
        second = untrained.pipe.start(*TRAIN)
        said += first.communicate()[0] + second.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert epochs_in(said) == EPOCHS
    untrained.is_collected()


def test_what_fails_is_told_in_one_line_and_the_rest_is_kept(untrained: Untrained) -> None:
    untrained.pipe.set("trainings.baseline-augmented.optimizer", {"name": "sgd", "lr": 100.0, "weight_decay": 1.0})
    done = untrained.pipe.run(*TRAIN)
    assert done.code == 1
    assert "Traceback" not in done.text
    for seed in (0, 1):
        assert f"baseline-augmented seed {seed}: the loss became " in done.text
    assert done.text.splitlines()[-1] == "baseline waits for baseline-raw and baseline-augmented"
    kept = untrained.pipe.dvc("repro", RUNS[0]).succeeded()
    assert epochs_in(kept.text) == 0
    assert results(untrained.pipe, RUNS[0]) == untrained.undisturbed[0]


def test_what_dvc_remembers_is_not_trained(untrained: Untrained) -> None:
    untrained.pipe.run(*TRAIN, "baseline-raw").succeeded()
    untrained.pipe.dvc("repro", RUNS[0]).succeeded()
    rate = "trainings.baseline-raw.optimizer.lr"
    before = untrained.pipe.params()["trainings"]["baseline-raw"]["optimizer"]["lr"]
    untrained.pipe.set(rate, 2 * before)
    assert "2 seeds trained" in untrained.pipe.run(*TRAIN, "baseline-raw").succeeded().text
    untrained.pipe.dvc("repro", RUNS[0]).succeeded()
    untrained.pipe.set(rate, before)
    assert "0 seeds trained" in untrained.pipe.run(*TRAIN, "baseline-raw").succeeded().text
