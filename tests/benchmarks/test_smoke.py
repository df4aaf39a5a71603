"""The smoke test of techniques, on images made up; and its table, on results made up."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import smoke
from lightcnn.artifacts.prepared import read_split
from lightcnn.core.files import read_json, write_json
from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.techniques.catalog import listed
from tests.helpers import ROOT
from tests.stages.trained import CLASSES, write_prepared

ONLY = "A5,B5,C3,F2"


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Twice the training images of the validation split."""
    folder = write_prepared(tmp_path / "prepared")
    meta = {"name": "random", "classes": CLASSES, "channels": 3, "size": 12, "mean": [0.5] * 3, "std": [0.3] * 3, "counts": {}}
    write_json(folder / "meta.json", meta)
    return folder


@pytest.mark.slow
def test_each_technique_is_scored_beside_its_base_and_not_done_again(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "smoke.json"
    smoke.main(out, prepared, images=64, epochs=1, only="A5,C3")
    assert len(capsys.readouterr().out.splitlines()) == 4
    smoke.main(out, prepared, images=64, epochs=1, only=ONLY)
    told = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert sorted(told) == ["distill.soft_targets", "fusions.soft_vote", "inference.soft_vote", "paper"]
    found = read_json(out)
    assert set(found["bases"]) == {"paper", "enhanced", "enhanced, residual: True"}
    components = {component: row["base"] for component, row in found["techniques"].items()}
    assert components == {
        "heads.gap": "enhanced",
        "regularize.stochastic_depth": "enhanced, residual: True",
        "distill.soft_targets": "paper",
        "fusions.soft_vote": "paper",
        "inference.soft_vote": "paper",
    }
    assert all(0 <= row["top1"] <= 1 for row in found["techniques"].values())
    assert [component for component, row in found["techniques"].items() if row["train_loss"] is None] == ["fusions.soft_vote"]


def test_every_technique_has_a_run_that_has_it_and_a_base_that_has_not() -> None:
    jobs = {job.name: job for job in smoke.jobs_of(listed(), 4)}
    for component, technique in listed().items():
        base, params = jobs[smoke.base_of(technique)].params, jobs[component].params
        assert base != params
        assert f"'{component.partition('.')[2]}'" in repr(params)
    assert jobs.keys() - listed().keys() == {"paper", "enhanced", "enhanced, head: gap", "enhanced, residual: True"}


def test_what_ways_to_predict_are_fitted_on_is_neither_trained_on_nor_scored_on(prepared: Path, tmp_path: Path) -> None:
    smoke.cut(prepared, tmp_path / "cut", 50)
    train, valid = (read_split(prepared, split).images for split in ("train", "valid"))
    parts = [read_split(tmp_path / "cut", split).images for split in ("train", "test", "valid")]
    assert [len(part) for part in parts] == [50, 40, 90]
    assert (parts[0] == train[:50]).all()
    assert (parts[1] == train[50:]).all()
    assert (parts[2] == valid).all()


def result(**changes: Any) -> dict[str, Any]:
    return {"ids": ["E5"], "base": "paper", "top1": 0.5, "train_loss": 1.25, "reason": None, **changes}


def results(**techniques: dict[str, Any]) -> dict[str, Any]:
    machine = {"cpu": "Imaginary 9000", "versions": {"torch": "2.15.0"}}
    return {"images": 20000, "epochs": 4, "machine": machine, "bases": {"paper": {"top1": 0.52}}, "techniques": techniques}


def test_far_below_its_base_a_technique_is_given_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "REASONS", {"far": "too short", "near": "too short"})
    told = smoke.with_reasons(results(far=result(top1=0.41), near=result(top1=0.43)))["techniques"]
    assert (told["far"]["reason"], told["near"]["reason"]) == ("too short", None)


def test_the_table_has_score_base_and_difference_and_says_that_it_is_no_comparison() -> None:
    found = results(**{"optim.sam": result(), "fusions.soft_vote": result(ids=["F2"], top1=0.4, train_loss=None, reason="why not")})
    told = benchmark("smoke", found, {})
    assert "one seed, 4 epochs; not a comparison" in told.title
    assert told.rows == [
        ["E5", "optim.sam", "paper", "52.0", "50.0", "−2.0", "1.250"],
        ["F2", "fusions.soft_vote", "paper", "52.0", "40.0", "−12.0", "none"],
    ]
    assert told.text.endswith(" fusions.soft_vote: why not")


def test_of_the_committed_results_none_is_far_below_its_base_without_a_reason() -> None:
    path = ROOT / "reports/benchmarks/smoke.json"
    found = read_json(path) if path.exists() else {"techniques": {}}
    assert set(found["techniques"]) <= set(listed())  # a new technique is measured at the next run
    for component, row in found["techniques"].items():
        assert row["reason"] or row["top1"] >= found["bases"][row["base"]]["top1"] - smoke.FAR, component
