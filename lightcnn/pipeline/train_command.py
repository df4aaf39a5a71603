"""`lightcnn train`: all seeds here, a list of them for elsewhere, or one of such a list."""

import os
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from lightcnn.core.board import Board
from lightcnn.core.errors import UserError
from lightcnn.core.pool import carried_out
from lightcnn.core.runtime import Runtime, read_runtime
from lightcnn.pipeline.dvc import dvc
from lightcnn.pipeline.params import load_params
from lightcnn.pipeline.tasks import find_task, runs_of, wanted
from lightcnn.pipeline.waves import HERE, ready_tasks, train_all
from lightcnn.training.checkpoints import SHARED, run_lock
from lightcnn.training.device import setup_determinism

INPUTS = ("repro", "plan", "fetch", "prepare")


class Where(NamedTuple):
    """Where seeds are trained and kept: options of the command, None for what params.yaml says."""

    workers: int | None
    threads: int | None
    folder: Path | None

    def apply(self) -> Runtime:
        """The runtime of params.yaml with these options; processes that are started from here keep their seeds in the folder."""
        if self.folder is not None:
            os.environ[SHARED] = str(self.folder.resolve())
        runtime = read_runtime()
        given = {name: value for name, value in (("workers", self.workers), ("threads", self.threads)) if value is not None}
        return Runtime.from_plain({**runtime.to_plain(), **given})

    def options(self) -> list[str]:
        """The same for a command line of one task."""
        threads = ["--threads-per-worker", str(self.threads)] if self.threads else []
        return [*threads, *(["--seeds-to", str(self.folder)] if self.folder else [])]


def train_here(names: list[str], where: Where) -> None:
    """Train all that is stale of the runs named (none: of all) and of those that they begin with."""
    runtime, runs = where.apply(), wanted(runs_of(load_params(Path("params.yaml"))), names)
    with run_lock("lightcnn.train"):  # begun twice, the second waits: DVC would refuse its `plan` while the first makes a stage
        dvc(HERE, *INPUTS)
        on_cuda = setup_determinism(runtime).type == "cuda"
        workers = runtime.workers_for(sum(len(run.seeds) for run in runs.values()), on_cuda=on_cuda)
        train_all(runs, workers, runtime.threads, runtime.progress)


def print_tasks(names: list[str], where: Where) -> None:
    """Print a command a task, of those that can begin now; what waits for them is named on standard error."""
    where.apply()
    runs = wanted(runs_of(load_params(Path("params.yaml"))), names)
    print(dvc(HERE, *INPUTS, capture=True), end="", file=sys.stderr)
    tasks, left = ready_tasks(runs)
    for run, seed in tasks:
        print(shlex.join(["lightcnn", "train", "--task", f"{run.name}:{seed}", *where.options()]))
    for line in left:
        print(f"{line}; print the tasks again when it is trained", file=sys.stderr)


def train_task(title: str, where: Where) -> None:
    """Train the one seed that a printed task names."""
    runtime, runs = where.apply(), runs_of(load_params(Path("params.yaml")))
    with Board(runtime.progress) as board:
        (_, problem, _), *_ = carried_out([find_task(runs, title)], 1, runtime.threads, board)
    if problem:
        raise UserError(problem)
