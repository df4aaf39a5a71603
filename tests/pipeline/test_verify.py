"""Which results of a project were made with other code or settings than there are now: told from dvc.lock, nothing is run."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from lightcnn.core.yaml import as_yaml
from lightcnn.pipeline.fingerprints import read_sources
from lightcnn.pipeline.params import load_params
from lightcnn.pipeline.plan import plan_files
from lightcnn.pipeline.verify import outdated
from tests.helpers import PARAMS, edited, unshared


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A project whose dvc.lock says that all was run with the code that there is; of its files there are no others."""
    write_params(tmp_path, PARAMS)
    plans = plan_files(load_params(tmp_path / "params.yaml"), read_sources())
    lock(tmp_path, {path: md5_of(plan) for path, plan in plans.items()})
    return tmp_path


def write_params(folder: Path, params: dict[str, Any]) -> None:
    (folder / "params.yaml").write_text(as_yaml(unshared(params)))


def md5_of(plan: Any) -> str:
    return hashlib.md5((json.dumps(plan, indent=2, ensure_ascii=False) + "\n").encode()).hexdigest()


def lock(folder: Path, digests: dict[str, str]) -> None:
    stages = {path: {"cmd": "x", "deps": [{"path": f"plan/{path}", "md5": digest}]} for path, digest in digests.items()}
    (folder / "dvc.lock").write_text(as_yaml({"schema": "2.0", "stages": stages}))


def test_what_was_run_with_this_code_and_these_settings_is_up_to_date(study: Path) -> None:
    assert outdated(study) == "up to date"


def test_results_of_other_settings_are_named_and_nothing_is_written(study: Path) -> None:
    write_params(study, edited(edited(PARAMS, "trainings.raw.epochs", 5), "note", "another note"))
    before = {path: path.read_bytes() for path in study.iterdir()}
    assert outdated(study) == "out of date: train@raw, figures"
    assert {path: path.read_bytes() for path in study.iterdir()} == before


def test_a_run_that_is_new_is_not_up_to_date(study: Path) -> None:
    write_params(study, edited(PARAMS, "trainings.third", PARAMS["trainings"]["raw"]))
    assert "train@third" in outdated(study)


def test_a_project_that_was_only_planned_or_not_even_that_was_not_run(study: Path) -> None:
    lock(study, {})
    assert outdated(study) == "not run yet"
    (study / "dvc.lock").unlink()
    assert outdated(study) == "not run yet"


def test_params_that_are_wrong_by_now_are_told_in_a_line(study: Path) -> None:
    write_params(study, {**PARAMS, "models": ["gone"]})
    told = outdated(study)
    assert told.startswith("not for this version: params are wrong; ")
    assert "'gone' is no run" in told
    assert "\n" not in told
