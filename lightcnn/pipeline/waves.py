"""Trains what is stale, each seed as soon as what it begins with is there: branches before fusions, teachers before students."""

import sys
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from lightcnn.core.board import Board
from lightcnn.core.errors import UserError
from lightcnn.core.pool import Pool
from lightcnn.core.progress import Style
from lightcnn.pipeline.dvc import dvc
from lightcnn.pipeline.tasks import Run
from lightcnn.training.checkpoints import run_lock

HERE = Path()
State = Literal["fresh", "remembered", "stale"]
SUMMARY = "{seeds} seeds trained in {wall} s, {work} s of work; `dvc repro` makes the results of them"


class Waves:
    """Runs on their way: waiting for others, at work, or there. `submit` is called with each (run, seed) that can begin."""

    def __init__(self, runs: dict[str, Run], submit: Callable[[Run, int], None]) -> None:
        self._submit = submit
        self._waiting = dict(runs)
        self._at_work: dict[str, set[int]] = {}
        self._locks: dict[str, ExitStack] = {}
        self._there: set[str] = set()
        self._lost: set[str] = set()

    def advance(self, *, is_locked: bool = True) -> None:
        """Begin with all runs whose inputs are there; other processes stay away from their results until they are trained."""
        while ready := [run for run in self._waiting.values() if self._there.issuperset(run.after)]:
            for run in ready:
                del self._waiting[run.name]
                self._locks[run.name] = ExitStack()
                if is_locked:
                    self._locks[run.name].enter_context(run_lock(run.name))
            states = states_of([run.address for run in ready])
            for run in ready:
                state = states[run.address]
                seeds = run.unfinished() if state == "stale" else []
                self._at_work[run.name] = set(seeds)
                for seed in seeds:
                    self._submit(run, seed)
                if not seeds:
                    self._end(run, is_made=state == "fresh")

    def ended(self, run: Run, seed: int, *, is_trained: bool) -> None:
        """Note that a seed is finished, or has failed; runs that waited for the last of them may begin."""
        self._at_work[run.name].discard(seed)
        if not is_trained:
            self._lost.add(run.name)
        if not self._at_work[run.name]:
            self._end(run, is_made=False)
            self.advance()

    def _end(self, run: Run, *, is_made: bool) -> None:
        """Let others at a run again, and have its stage made where a run waits for its weights."""
        del self._at_work[run.name]
        self._locks.pop(run.name).close()
        if run.name not in self._lost:
            if not is_made and any(run.name in other.after for other in self._waiting.values()):
                said = dvc(HERE, "repro", "--single-item", run.address, capture=True)
                print(said, end="", file=sys.stderr)
            self._there.add(run.name)

    def close(self) -> None:
        """Let others at all runs again."""
        for lock in self._locks.values():
            lock.close()

    @property
    def left(self) -> list[str]:
        """What still waits for others, in words."""
        return [f"{run.name} waits for {' and '.join(run.after)}" for run in self._waiting.values()]


def ready_tasks(runs: dict[str, Run]) -> tuple[list[tuple[Run, int]], list[str]]:
    """The (run, seed) that could be trained now, and in words what waits for them."""
    found: list[tuple[Run, int]] = []
    waves = Waves(runs, lambda run, seed: found.append((run, seed)))
    waves.advance(is_locked=False)
    return found, waves.left


def states_of(stages: Collection[str]) -> dict[str, State]:
    """How stages stand whose dependencies are there: `dvc repro` would leave them, bring them back from what it remembers, or run them.

    Raises:
        UserError: where DVC cannot tell.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(HERE)) as repo, repo.lock:
            return {stage.addressing: _state_of(stage) for stage in repo.index.stages if stage.addressing in stages}
    except DvcException as error:
        raise UserError(f"dvc: {' '.join(str(error).split())}") from None


def _state_of(stage: Any) -> State:
    from dvc.stage.cache import RunCacheNotFoundError

    if not stage.changed():
        return "fresh"
    if not stage.deps_cached():
        stage.save_deps()  # as they are now, in memory alone
        for out in stage.outs:
            out.clear()  # or `restore` would take what dvc.lock has of the dependencies of before for that of these
    try:
        stage.repo.stage_cache.restore(stage, dry=True)
    except RunCacheNotFoundError:
        return "stale"
    return "remembered"


def train_all(runs: dict[str, Run], workers: int, threads: int, style: Style) -> None:
    """Train every seed that is stale and not finished, and leave them for `dvc repro`.

    Args:
        runs: which runs, with those that they wait for.
        workers: how many seeds are trained at once.
        threads: CPU threads of each.
        style: how to show progress.

    Raises:
        UserError: where some could not be trained; all others are finished then.
    """
    at_work: dict[str, tuple[Run, int]] = {}
    problems: list[str] = []
    began, work = time.monotonic(), 0.0
    with ExitStack() as closing, Board(style) as board, Pool(workers, threads, board) as pool:

        def submit(run: Run, seed: int) -> None:
            task = run.task(seed)
            at_work[task.name] = run, seed
            pool.submit(task)

        waves = Waves(runs, submit)
        closing.callback(waves.close)
        waves.advance()
        while pool.is_busy:
            for task, problem, seconds in pool.wait():
                work += seconds
                problems += [f"{task.name}: {problem}"] if problem else []
                waves.ended(*at_work[task.name], is_trained=problem is None)
    if problems:
        raise UserError("\n".join([*problems, *waves.left]))
    print(SUMMARY.format(seeds=len(at_work), wall=round(time.monotonic() - began, 1), work=round(work, 1)))
