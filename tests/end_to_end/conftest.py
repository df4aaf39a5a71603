"""Pipelines to test on: one is run once for all, the others are copies of it."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lightcnn.techniques.combine import PLAIN
from tests.end_to_end.pipe import RATE, Pipe, create_checkout, tiny_params

Once = Callable[[str, Callable[[Pipe], object]], Pipe]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes the pipeline of a name, where no other process of these tests has done so."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Pipe], object]) -> Pipe:
        done = shared / f"{name}.done"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                make(Pipe(shared / name))
                done.touch()
        return Pipe(shared / name)

    return made


@pytest.fixture(scope="session")
def finished(once: Once) -> Pipe:
    """A pipeline in which everything was run; not to be changed."""

    def make(pipe: Pipe) -> None:
        create_checkout(pipe.folder, tiny_params())
        pipe.dvc("repro").succeeded()

    return once("finished", make)


@pytest.fixture(scope="session")
def plain(once: Once) -> Pipe:
    """A committed pipeline without any technique, its runs trained and one of them evaluated; not to be changed."""

    def make(pipe: Pipe) -> None:
        create_checkout(pipe.folder, PLAIN)
        pipe.dvc("repro", "fuse@pair", "evaluate@one").succeeded()
        pipe.track()

    return once("plain", make)


@pytest.fixture(scope="session")
def queued(once: Once, finished: Pipe) -> Pipe:
    """A pipeline with an experiment that was queued, run by a worker, and made a branch; not to be changed."""

    def make(pipe: Pipe) -> None:
        finished.copy(pipe.folder).track()
        pipe.dvc("exp", "run", "--queue", "--name", "warm", "-S", f"{RATE}=4e-2", "evaluate@baseline-raw").succeeded()
        # The worker writes to the same pipe, so this returns when it has ended.
        pipe.dvc("queue", "start").succeeded()
        pipe.dvc("exp", "branch", "warm", "try-warm").succeeded()

    return once("queued", make)


@pytest.fixture
def pipe(finished: Pipe, tmp_path: Path) -> Pipe:
    """A copy of the finished pipeline, to do with as one likes."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def tracked(pipe: Pipe) -> Pipe:
    """The same in a git repository of its own, committed."""
    return pipe.track()


@pytest.fixture
def published(tracked: Pipe) -> Pipe:
    """The same, pushed to its own store, which is committed too."""
    tracked.dvc("push").succeeded()
    return tracked.commit("results")
