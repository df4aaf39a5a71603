"""The picture of the pipeline, drawn from dvc.lock."""

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter
from pathlib import PurePosixPath
from typing import Any, NamedTuple

ROW, STEP, MARGIN, LETTER = 26, 12, 12, 9
"""Pixels from row to row and from dot to dot, around, and for a letter of the widest of usual typefaces."""


class Stage(NamedTuple):
    """One row: `after` names the rows whose work it takes; x and y are the middle of its dot, in pixels.

    Each dot lies further to the right than those above, so that a line straight down from it meets no other.
    """

    name: str
    detail: str
    after: tuple[str, ...]
    x: int
    y: int

    @property
    def end(self) -> int:
        """Where its text ends at the latest, in pixels."""
        return self.x + STEP + LETTER * len(f"{self.name} ({self.detail})" if self.detail else self.name)


class Line(NamedTuple):
    """From the dot of one row to that of another, in pixels."""

    x1: int
    y1: int
    x2: int
    y2: int


class Graph(NamedTuple):
    """What there is to draw."""

    stages: list[Stage]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return max(stage.end for stage in self.stages), self.stages[-1].y + MARGIN

    @property
    def lines(self) -> list[Line]:
        """From each stage to those that come after it."""
        places = {stage.name: (stage.x, stage.y) for stage in self.stages}
        return [Line(*places[before], stage.x, stage.y) for stage in self.stages for before in stage.after]


def graph(lock: Mapping[str, Any], names: Collection[str]) -> Graph:
    """The pipeline that was run, without `plan`, which comes before everything; a line that others imply is left out.

    Args:
        lock: the stages of dvc.lock.
        names: the runs and models to show; the lock may know others that are gone.
    """
    shown = {stage: lock[stage] for stage in sorted(lock) if stage.partition("@")[2] in ("", *names) and stage not in ("plan", "report")}
    needs = _needs(shown)
    needs["report"] = list(needs)  # which is being written: the lock may not know it yet
    above: dict[str, set[str]] = {}
    stages = []
    for row, name in enumerate(TopologicalSorter(needs).static_order()):
        implied = set[str]().union(*(above[need] for need in needs[name]))
        above[name] = implied.union(needs[name])
        after = tuple(need for need in needs[name] if need not in implied)
        models = sum(stage.startswith(f"{name}@") for stage in shown)
        stages.append(Stage(name, f"each of {models} models" if models else "", after, MARGIN + STEP * row, MARGIN + ROW * row))
    return Graph(stages)


def _needs(stages: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every stage with all those whose outputs it depends on; exports and evaluations are one row each."""
    made = {out["path"]: _row(stage) for stage, entry in stages.items() for out in entry.get("outs", [])}
    needs: dict[str, dict[str, None]] = {_row(stage): {} for stage in stages}
    for stage, entry in stages.items():
        for path in (dep["path"] for dep in entry.get("deps", [])):
            needs[_row(stage)] |= {row: None for out, row in made.items() if _overlap(path, out) and row != _row(stage)}
    return {row: list(found) for row, found in needs.items()}


def _row(stage: str) -> str:
    """The row that a stage stands in."""
    kind, _, _ = stage.partition("@")
    return kind if kind in ("export", "evaluate") else stage


def _overlap(one: str, other: str) -> bool:
    """Whether two paths are the same or one lies below the other."""
    parts = list(zip(PurePosixPath(one).parts, PurePosixPath(other).parts, strict=False))
    return all(a == b for a, b in parts)
