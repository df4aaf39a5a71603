"""What there is to train, beside what dvc.yaml says of it."""

from pathlib import Path
from typing import Any

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.tasks import Run, find_task, runs_of, wanted
from tests.helpers import PARAMS, ROOT, STAGE_1, unshared

PUPIL = {**STAGE_1, "teacher": "pair", "distill": {"name": "soft_targets"}, "seeds": [4]}
RUNS = runs_of(Params.from_plain(unshared({**PARAMS, "distillations": {"pupil": PUPIL}})))


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_runs_know_their_seeds_and_what_they_wait_for() -> None:
    found = {name: (run.address, run.seeds, run.after) for name, run in RUNS.items()}
    assert found == {
        "raw": ("train@raw", (0, 1), ()),
        "augmented": ("train@augmented", (0, 1), ()),
        "pupil": ("distill@pupil", (4,), ("pair",)),
        "pair": ("fuse@pair", (0, 1), ("raw", "augmented")),
    }


def test_what_a_run_waits_for_is_wanted_too() -> None:
    assert list(wanted(RUNS, [])) == list(RUNS)
    assert set(wanted(RUNS, ["pair"])) == {"raw", "augmented", "pair"}
    assert set(wanted(RUNS, ["pupil"])) == set(RUNS)
    with pytest.raises(UserError, match=r"^pear: no run of params\.yaml \(there are: raw, augmented, pupil, pair\)"):
        wanted(RUNS, ["pear"])


@pytest.mark.parametrize("run", RUNS.values(), ids=lambda run: run.name)
def test_inputs_are_the_dependencies_of_dvc_yaml(run: Run) -> None:
    stage: dict[str, Any] = read_yaml(ROOT / "dvc.yaml")["stages"][run.stage]["do"]
    meant = {"${key}": run.name, "${item.teacher}": "pair", "${item.branches[0]}": "raw", "${item.branches[1]}": "augmented"}
    dependencies = set()
    for path in stage["deps"]:
        for form, name in meant.items():
            path = path.replace(form, name)
        dependencies.add(Path(path))
    assert set(run.inputs) == dependencies


def test_a_task_is_the_command_of_dvc_yaml_for_one_seed() -> None:
    name, command = find_task(RUNS, "pair:1")
    assert name == "pair seed 1"
    line = "-m stages.fuse plan/fuse/pair.json --branches runs --prepared data/prepared --out runs/pair --curves reports/curves/pair"
    assert " ".join(command[1:]) == f"{line} --curves .lightcnn/curves/pair --seed 1"


@pytest.mark.parametrize("title", ["pair:2", "pair", "pear:0", ":", "pair:x"])
def test_a_task_that_is_none_is_named(title: str) -> None:
    with pytest.raises(UserError, match=rf"^--task {title}: no task here; `lightcnn train --print-tasks` lists them"):
        find_task(RUNS, title)
