"""The pipeline as a picture: a row a stage, a line from each to those that take what it makes."""

from graphlib import TopologicalSorter
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


def graph(params: dict[str, Any]) -> Graph:
    """The pipeline that params.yaml asks for, without `plan`, which comes before everything; a line that others imply is left out."""
    needs = _needs(params)
    above: dict[str, set[str]] = {}
    stages = []
    for row, name in enumerate(TopologicalSorter(needs).static_order()):
        implied = set[str]().union(*(above[need] for need in needs[name]))
        above[name] = implied.union(needs[name])
        after = tuple(need for need in dict.fromkeys(needs[name]) if need not in implied)
        detail = f"each of {len(params['models'])} models" if name in ("export", "evaluate") else ""
        stages.append(Stage(name, detail, after, MARGIN + STEP * row, MARGIN + ROW * row))
    return Graph(stages)


def _needs(params: dict[str, Any]) -> dict[str, list[str]]:
    """Every stage with all those that it takes something from."""
    kinds = {"train": params["trainings"], "distill": params["distillations"], "fuse": params["fusions"]}
    names = {run: f"{kind}@{run}" for kind, runs in kinds.items() for run in runs}
    needs = {"fetch": [], "prepare": ["fetch"]}
    for run, name in names.items():
        student, fusion = params["distillations"].get(run), params["fusions"].get(run)
        others = [student["teacher"]] if student else fusion["branches"] if fusion else []
        needs[name] = ["prepare", *(names[other] for other in others)]
    needs["export"] = ["prepare", *(names[model] for model in params["models"])]
    needs |= {"evaluate": ["export"], "latency": ["export"], "figures": ["evaluate", "latency", *names.values()]}
    return {**needs, "report": ["figures", *names.values()]}
