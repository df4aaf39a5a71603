"""Real trainings and fusions, disturbed: run again they end with the bytes of a run that nothing disturbed."""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.end_to_end.again import Again, Process, epochs_in, results
from tests.end_to_end.pipe import Done, Pipe

STAGES = ("train@baseline-augmented", "fuse@baseline")
MORTAL = """
import os, signal, sys

name, left = os.environ["DIE_AT"].split(":")
left = int(left)

def step(event, arguments):
    global left
    if event in ("open", "os.rename") and f"{name}.part" in str(arguments[0]):
        left -= 1
        if left == 0:
            if event == "open" and os.path.exists(arguments[0]):
                os.truncate(arguments[0], os.path.getsize(arguments[0]) // 2)
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(step)
"""
"""A sitecustomize. Three steps write a file: one opens it beside its place, one opens it again to flush it, one moves it there.
DIE_AT=NAME:N kills the process at the N-th step for files of that name; at a flush half of the file has reached the disk."""


def seeds(count: int, quick: int) -> Any:
    """So many random moments, the first few of them for the default tests too."""
    moments = [pytest.param(seed, marks=[pytest.mark.slow] if seed >= quick else []) for seed in range(count)]
    return pytest.mark.parametrize("seed", moments)


def dead_at(again: Again, place: str, scratch: Path) -> str:
    """Let the run die at a step of its writing; gives what it said."""
    (scratch / "sitecustomize.py").write_text(MORTAL)
    done = again.pipe.run(*again.command, PYTHONPATH=str(scratch), DIE_AT=place)
    assert done.code == -signal.SIGKILL, done.text
    return done.text


@seeds(10, quick=2)
def test_killed_at_any_moment(pipe: Pipe, seed: int) -> None:
    again = Again.of(pipe, STAGES[seed % 2])
    with pipe.start(*again.command) as process:
        said = again.reach(process, Random(seed))
        process.kill()
        said += process.communicate()[0]
    assert process.returncode == -signal.SIGKILL
    again.goes_on(said)


@seeds(5, quick=1)
def test_killed_while_a_checkpoint_is_written(pipe: Pipe, tmp_path: Path, seed: int) -> None:
    again = Again.of(pipe, STAGES[seed % 2])
    step = 3 * Random(seed).randrange(again.epochs) + (seed + 1) % 3 + 1
    again.goes_on(dead_at(again, f"pt:{step}", tmp_path))


@seeds(3, quick=0)
def test_interrupted_from_the_keyboard(pipe: Pipe, seed: int) -> None:
    again = Again.of(pipe, STAGES[seed % 2])
    with pipe.start(*(again.repro if seed == 2 else again.command)) as process:
        said = again.reach(process, Random(seed))
        os.killpg(process.pid, signal.SIGINT)
        said += process.communicate()[0]
    assert process.returncode in (130, 255)
    assert ": interrupted" in said
    assert "Traceback" not in said
    again.goes_on(said)


@pytest.mark.parametrize(
    ("by_dvc", "then"),
    [
        (False, signal.SIGCONT),
        pytest.param(False, signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param(True, signal.SIGCONT, marks=pytest.mark.slow),
        pytest.param(True, signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_a_second_process_waits_for_the_first_and_takes_over(pipe: Pipe, by_dvc: bool, then: signal.Signals) -> None:
    again = Again.of(pipe, STAGES[by_dvc])
    command = again.repro if by_dvc else again.command
    with pipe.start(*command) as first:
        said = again.reach(first, Random(then))
        if by_dvc:  # its child stays at work, alone in the group
            first.kill()
            first.wait()
        with stopped(first.pid, then):
            second = pipe.start(*command)
            assert os.getpgid(waited_for(second)) == first.pid
        said += first.communicate()[0] + second.communicate()[0]
    assert second.returncode == 0
    again.is_whole(said)


@contextmanager
def stopped(group: int, then: signal.Signals) -> Iterator[None]:
    """Let a group of processes stand still, and send it a signal after."""
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, then)


def waited_for(process: Process) -> int:
    """Read what a process says until it waits for another; gives the number of the other."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"process (\d+) is still training this run", line):
            return int(found[1])
    raise AssertionError("it did not wait")


def no_room(again: Again) -> Done:
    """Run where no file can grow over 16 blocks (8 or 16 kB, as the shell has it): less than the weights."""
    return again.pipe.run("sh", "-c", 'ulimit -f 16; exec "$@"', "sh", *again.command)


@pytest.mark.parametrize("place", ["pt:10", pytest.param("weights.safetensors:2", marks=pytest.mark.slow)])
def test_a_full_disk_is_told_in_one_line_and_with_room_it_goes_on(pipe: Pipe, tmp_path: Path, place: str) -> None:
    again = Again.of(pipe, STAGES[0])
    said = dead_at(again, place, tmp_path)
    done = no_room(again)
    assert done.code == 1
    last = done.text.splitlines()[-1]
    assert re.fullmatch(r"python -m stages.train: \S+: File too large; fix this and run it again \(no partial files were left\)", last)
    assert "Traceback" not in done.text
    assert "weights.safetensors" not in results(pipe, again.stage)
    again.goes_on(said + done.text)


def other_rate(pipe: Pipe) -> None:
    pipe.set("trainings.baseline-augmented.optimizer.lr", 0.004)


def other_split(pipe: Pipe) -> None:
    pipe.set("data.split_seed", 1)


def other_code(pipe: Pipe) -> None:
    file = pipe.folder / "lightcnn/training/optim/sgd.py"
    file.write_text(file.read_text().replace("config.lr", "config.lr / 2"))


@pytest.mark.slow
@pytest.mark.parametrize("change", [other_rate, other_split, other_code])
def test_what_was_saved_of_another_training_is_never_gone_on_from(pipe: Pipe, tmp_path: Path, change: Callable[[Pipe], None]) -> None:
    again = Again.of(pipe, STAGES[0])
    dead_at(again, "pt:16", tmp_path)
    change(pipe)
    done = pipe.dvc("repro", again.stage)
    assert done.code == 0, done.text
    assert epochs_in(done.text) == again.epochs
    changed = results(pipe, again.stage)
    assert changed.keys() == again.undisturbed.keys()
    assert not changed.items() & again.undisturbed.items()
    shutil.rmtree(pipe.folder / ".lightcnn")
    Again.of(pipe, again.stage).goes_on("")


@pytest.mark.slow
def test_a_diverging_training_is_told_in_one_line_and_leaves_nothing_that_looks_good(pipe: Pipe) -> None:
    pipe.set("trainings.baseline-augmented.optimizer", {"name": "sgd", "lr": 100.0, "weight_decay": 1.0})
    done = pipe.dvc("repro")
    assert done.code != 0
    assert re.search(
        r"^python -m stages.train: the loss became \w+ in epoch \d+ \(seed 0, rate .+\): lower the optimizer's lr,", done.text, re.MULTILINE
    )
    assert "Traceback" not in done.text
    assert "weights.safetensors" not in results(pipe, STAGES[0])
    assert not done.ran & {"fuse@baseline", "evaluate@baseline", "report"}
