"""What there is to train: the runs of params.yaml, what each of them waits for, and a command for each of their seeds. Nothing here trains."""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lightcnn.core.errors import UserError
from lightcnn.core.pool import Task
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.params import Params
from lightcnn.training.checkpoints import SCRATCH, Checkpoints

PREPARED = tuple(Path("data/prepared", name) for name in ("train.npz", "valid.npz", "meta.json"))


class Run(NamedTuple):
    """A run to train: the kind of its stage, its seeds, and the runs whose weights it begins with or learns from."""

    name: str
    stage: str
    seeds: tuple[int, ...]
    after: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """What DVC calls its stage."""
        return f"{self.stage}@{self.name}"

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that decide its result, as dvc.yaml has them."""
        weights = (Path("runs", name, file) for name in self.after for file in ("weights.safetensors", "config.json"))
        return (Path("plan", self.stage, f"{self.name}.json"), *PREPARED, *weights)

    def unfinished(self) -> list[int]:
        """Its seeds that are still to be trained; the inputs have to be there."""
        checkpoints = Checkpoints.for_inputs(self.name, self.inputs)
        return [seed for seed in self.seeds if not checkpoints.finished_path(seed).exists()]

    def task(self, seed: int) -> Task:
        """The training of one seed: the command of dvc.yaml, for this seed alone. Its curve stays out of the results until they are made."""
        command = read_yaml(Path("dvc.yaml"))["stages"][self.stage]["do"]["cmd"].replace("${key}", self.name)
        _, *arguments = shlex.split(command)
        aside = ("--curves", str(SCRATCH / "curves" / self.name), "--seed", str(seed))
        return Task(f"{self.name} seed {seed}", (sys.executable, *arguments, *aside))


def runs_of(params: Params) -> dict[str, Run]:
    """All runs by name."""
    networks = params.networks
    trainings = {name: Run(name, "train", training.seeds) for name, training in params.trainings.items()}
    distillations = {name: Run(name, "distill", run.seeds, (run.teacher,)) for name, run in params.distillations.items()}
    fusions = {name: Run(name, "fuse", networks[run.branches[0]].seeds, tuple(run.branches)) for name, run in params.fusions.items()}
    return trainings | distillations | fusions


def wanted(runs: dict[str, Run], names: Iterable[str]) -> dict[str, Run]:
    """The runs named and all that they wait for; every run where none is named.

    Raises:
        UserError: where there is no such run.
    """
    waiting, found = list(names) or list(runs), dict[str, Run]()
    while waiting:
        name = waiting.pop()
        if name not in runs:
            raise UserError(f"{name}: no run of params.yaml (there are: {', '.join(runs)})")
        found[name] = runs[name]
        waiting += runs[name].after
    return {name: run for name, run in runs.items() if name in found}


def find_task(runs: dict[str, Run], title: str) -> Task:
    """The task that is called RUN:SEED.

    Raises:
        UserError: where there is none.
    """
    name, _, seed = title.partition(":")
    if name not in runs or seed not in map(str, runs[name].seeds):
        raise UserError(f"--task {title}: no task here; `lightcnn train --print-tasks` lists them, as RUN:SEED")
    return runs[name].task(int(seed))
