"""The pipeline's graph: what dvc knows of the project's own, and a distillation worked by hand."""

import re
from graphlib import TopologicalSorter
from itertools import combinations

import pytest
from dvc.repo import Repo

from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline import workspace
from lightcnn.reporting.report.graph import Graph, graph
from tests import synthetic


def above(needs: dict[str, set[str]]) -> dict[str, set[str]]:
    """All that each needs, directly or not."""
    found: dict[str, set[str]] = {}
    for name in TopologicalSorter(needs).static_order():
        found[name] = needs[name].union(*(found[need] for need in needs[name]))
    return found


def direct(drawn: Graph) -> dict[str, set[str]]:
    return {stage.name: set(stage.after) for stage in drawn.stages}


@pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")
def test_it_says_what_dvc_knows_of_the_projects_own_pipeline() -> None:
    params = read_yaml(workspace.ROOT / "params.yaml")
    dvc = Repo(str(workspace.ROOT)).index.graph
    short = {stage: re.sub("^(export|evaluate)@.*", r"\1", stage.addressing) for stage in dvc if stage.addressing != "plan"}
    known: dict[str, set[str]] = {name: set() for name in short.values()}
    for stage, needed in dvc.edges:
        if needed in short and short[stage] != short[needed]:
            known[short[stage]].add(short[needed])
    assert above(direct(graph(params))) == above(known)


def test_a_student_comes_after_its_teacher_wherever_that_stands() -> None:
    params = synthetic.params()
    params["distillations"] = {"student": {"teacher": "baseline"}, "a-student": {"teacher": "student"}}
    drawn = direct(graph(params))
    assert drawn["distill@student"] == {"fuse@baseline"}
    assert drawn["distill@a-student"] == {"distill@student"}


def test_a_line_that_others_imply_is_left_out() -> None:
    drawn = direct(graph(synthetic.params()))
    assert drawn["export"] == {"fuse@baseline", "fuse@enhanced"}
    assert drawn["figures"] == {"evaluate", "latency"}
    assert drawn["report"] == {"figures"}


def test_lines_lead_down_and_pass_through_no_other_dot() -> None:
    drawn = graph(synthetic.params())
    assert len(drawn.lines) == sum(len(stage.after) for stage in drawn.stages)
    assert all(line.x1 < line.x2 and line.y1 < line.y2 for line in drawn.lines)
    assert all(one.x != other.x and one.y != other.y for one, other in combinations(drawn.stages, 2))
    assert drawn.size[0] > drawn.stages[-1].x
