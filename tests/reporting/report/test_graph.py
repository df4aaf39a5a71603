"""The pipeline's graph: what dvc knows of the project's own, and a distillation worked by hand."""

import re
from graphlib import TopologicalSorter
from itertools import combinations
from typing import Any

import pytest
from dvc.repo import Repo

from lightcnn.core.yaml import read_yaml
from lightcnn.reporting.report.graph import Graph, graph
from tests.helpers import ROOT


def above(needs: dict[str, set[str]]) -> dict[str, set[str]]:
    """All that each needs, directly or not."""
    found: dict[str, set[str]] = {}
    for name in TopologicalSorter(needs).static_order():
        found[name] = needs[name].union(*(found[need] for need in needs[name]))
    return found


def direct(drawn: Graph) -> dict[str, set[str]]:
    return {stage.name: set(stage.after) for stage in drawn.stages}


def recorded(**needs: str) -> dict[str, Any]:
    """A lock in which each stage writes a folder of its own name and depends on those named."""
    return {
        stage: {"deps": [{"path": f"made/{need}/file"} for need in needed.split()], "outs": [{"path": f"made/{stage}"}]}
        for stage, needed in needs.items()
    }


LOCK = recorded(
    **{"plan": "", "prepare": "plan", "train@a": "plan prepare", "train@b": "prepare", "fuse@pair": "prepare train@a train@b"},
    **{"export@pair": "fuse@pair prepare", "export@a": "train@a", "evaluate@pair": "export@pair prepare", "evaluate@a": "export@a"},
    **{"latency": "export@a export@pair", "figures": "evaluate@a evaluate@pair latency", "report": "figures", "train@gone": "prepare"},
)
NAMES = ("a", "b", "pair")


@pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")
def test_it_shows_what_dvc_knows_of_the_projects_own_pipeline() -> None:
    dvc = Repo(str(ROOT)).index
    lock = {
        stage.addressing: {kind: [{"path": part.def_path} for part in getattr(stage, kind)] for kind in ("deps", "outs")}
        for stage in dvc.stages
    }
    short = {stage: re.sub("^(export|evaluate)@.*", r"\1", stage.addressing) for stage in dvc.stages if stage.addressing != "plan"}
    known: dict[str, set[str]] = {name: set() for name in short.values()}
    for stage, needed in dvc.graph.edges:
        if needed in short and short[stage] != short[needed]:
            known[short[stage]].add(short[needed])
    params = read_yaml(ROOT / "params.yaml")
    names = [*params["trainings"], *params["distillations"], *params["fusions"]]
    assert above(direct(graph(lock, names))) == above(known)


def test_a_student_comes_after_its_teacher_wherever_that_stands() -> None:
    lock = {**LOCK, **recorded(**{"distill@a-student": "distill@student", "distill@student": "fuse@pair"})}
    drawn = direct(graph(lock, (*NAMES, "student", "a-student")))
    assert drawn["distill@student"] == {"fuse@pair"}
    assert drawn["distill@a-student"] == {"distill@student"}


def test_a_line_that_others_imply_is_left_out() -> None:
    drawn = direct(graph(LOCK, NAMES))
    assert drawn["export"] == {"fuse@pair"}
    assert drawn["figures"] == {"evaluate", "latency"}
    assert drawn["report"] == {"figures"}


def test_stages_that_are_gone_are_left_out_and_the_report_is_there_before_it_is_recorded() -> None:
    drawn = graph({stage: entry for stage, entry in LOCK.items() if stage != "report"}, NAMES)
    assert drawn == graph(LOCK, NAMES)
    assert "train@gone" not in direct(drawn)


def test_the_order_of_the_lock_does_not_matter() -> None:
    assert graph(dict(reversed(LOCK.items())), NAMES) == graph(LOCK, NAMES)


def test_lines_lead_down_and_pass_through_no_other_dot() -> None:
    drawn = graph(LOCK, NAMES)
    assert len(drawn.lines) == sum(len(stage.after) for stage in drawn.stages)
    assert all(line.x1 < line.x2 and line.y1 < line.y2 for line in drawn.lines)
    assert all(one.x != other.x and one.y != other.y for one, other in combinations(drawn.stages, 2))
    assert drawn.size[0] > drawn.stages[-1].x
