"""Pipelines to test on: one is run once for all, the others are copies of it."""

from pathlib import Path

import pytest

from lightcnn import workspace
from tests.pipeline.pipe import Pipe, tiny_params


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Pipe:
    """A pipeline in which everything was run; not to be changed."""
    pipe = Pipe(tmp_path_factory.mktemp("pipeline") / "finished")
    workspace.create(pipe.folder, tiny_params())
    pipe.dvc("repro").succeeded()
    return pipe


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
