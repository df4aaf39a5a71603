"""Every technique by itself, switched on from the command line through real DVC, and off again."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lightcnn.core import registry
from lightcnn.core.files import read_json
from lightcnn.core.tables import read_table
from lightcnn.techniques.catalog import listed
from lightcnn.techniques.combine import switched_on
from tests.end_to_end.pipe import Pipe

TECHNIQUES = {component: technique.lines for component, technique in listed().items()}
TECHNIQUES["precision.bf16"] = {"precision": {"name": "bf16", "device": "any"}}  # what its card says to try is nothing on a CPU
SHORT = ("distill.soft_targets", "fusions.soft_vote")
"""Of the places that a technique can stand in, the two that change which stages there are."""
EACH = [pytest.param(component, marks=[pytest.mark.slow] * (component not in SHORT)) for component in TECHNIQUES]


def overrides(before: dict[str, Any], after: dict[str, Any], place: str = "") -> Iterator[str]:
    """What `dvc exp run -S` takes to make one params.yaml of another; a component is taken out before another is put in."""
    for key in {**before, **after}:
        path, old, new = f"{place}{key}", before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict) and "name" not in old:
            yield from overrides(old, new, f"{path}.")
            continue
        if isinstance(old, dict):
            yield f"~{path}"
        if key in after:
            yield f"{'+' if key not in before or isinstance(old, dict) else ''}{path}={json.dumps(new)}".replace('"', "")


def files_of(pipe: Pipe, run: str) -> dict[str, bytes]:
    """What a run leaves, but for the record of machine and time."""
    folders = (pipe.folder / "runs" / run, pipe.folder / "reports/curves" / run)
    return {path.name: path.read_bytes() for folder in folders for path in folder.glob("[!.]*") if path.name != "metadata.json"}


def stage_of(lines: dict[str, Any]) -> str:
    """The stage in which a technique does its work."""
    stages = {"inference": "evaluate@one", "distill": "distill@one", "fusion": "fuse@pair"}
    return next((stage for key, stage in stages.items() if key in lines), "train@one")


def numbers(tree: Any) -> Iterator[float]:
    if isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from numbers(part)
    elif isinstance(tree, float):
        yield tree


@pytest.fixture(params=EACH)
def component(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def experiment(plain: Pipe, component: str, tmp_path: Path) -> Pipe:
    """A pipeline in which the technique was tried, in place, up to the stage that it works in."""
    pipe, lines = plain.copy(tmp_path / "pipe"), TECHNIQUES[component]
    wanted = switched_on(pipe.params(), "one", lines)
    changes = [part for change in overrides(pipe.params(), wanted) for part in ("-S", change)]
    done = pipe.dvc("exp", "run", *changes, stage_of(lines)).succeeded()
    assert pipe.params() == wanted
    assert stage_of(lines) in done.ran
    return pipe


def test_alone_it_runs_and_leaves_the_others_as_they_were_and_goes_without_a_trace(plain: Pipe, experiment: Pipe, component: str) -> None:
    stage = stage_of(TECHNIQUES[component])
    plan = Path("plan", f"{stage.replace('@', '/')}.json")
    assert (
        f"{registry.package(component.split('.')[0]).replace('.', '/')}/{component.split('.')[1]}.py"
        in read_json(experiment.folder / plan)["code"]
    )
    model = stage.partition("@")[2]
    results = experiment.folder / (f"reports/metrics/{model}.json" if "evaluate" in stage else f"runs/{model}/config.json")
    found = [*numbers(read_json(results)), *map(float, rates(experiment, model))]
    assert found
    assert all(map(math.isfinite, found))
    assert files_of(experiment, "other") == files_of(plain, "other")
    if "evaluate" not in stage:
        assert files_of(experiment, model) != files_of(plain, model)
    experiment.git("restore", ".").succeeded()
    assert experiment.dvc("repro", "evaluate@one", "fuse@pair").succeeded().ran <= {"plan"}
    assert all(files_of(experiment, run) == files_of(plain, run) for run in ("one", "other", "pair"))


def rates(pipe: Pipe, run: str) -> Iterator[str]:
    """Losses and accuracies of every epoch."""
    for row in read_table(pipe.folder / "reports/curves" / run / "0.tsv"):
        yield from (row["train_loss"], row["valid_nll"], row["valid_top1"])
