"""Params cut down: what is kept, and that it is still valid."""

from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.subset import only, shortened
from tests.helpers import ROOT

PARAMS = read_yaml(ROOT / "params.yaml")
DIGITS = {"dataset": {"name": "digits"}, "image_size": 32, "valid_size": 300}


def test_shortened_params_are_valid_and_leave_the_original_alone() -> None:
    before = repr(PARAMS)
    short = Params.from_plain(shortened(PARAMS, DIGITS, 2, 1, "short"))
    assert {training.epochs for training in short.trainings.values()} == {2}
    assert {phase.epochs for fusion in short.fusions.values() for phase in fusion.phases.values()} == {1}
    assert all(len(training.seeds) == 1 for training in short.trainings.values())
    assert repr(PARAMS) == before


def test_only_keeps_one_fusion_its_branches_and_their_models() -> None:
    kept = Params.from_plain(only(PARAMS, "baseline"))
    assert set(kept.trainings) == {"baseline-raw", "baseline-augmented"}
    assert set(kept.fusions) == {"baseline"}
    assert set(kept.models) == {"baseline-raw", "baseline-augmented", "baseline"}


def test_distillations_are_shortened_and_kept_with_their_teachers() -> None:
    student = {**PARAMS["trainings"]["baseline-raw"], "teacher": "enhanced"}
    fusion = {**PARAMS["fusions"]["baseline"], "branches": ["small", "baseline-augmented"]}
    params = {**PARAMS, "distillations": {"small": student}, "fusions": {**PARAMS["fusions"], "taught": fusion}}
    short = Params.from_plain(only(shortened({**params, "models": ["taught"], "figures": []}, DIGITS, 2, 1, "short"), "taught"))
    assert set(short.trainings) == {"baseline-augmented", "enhanced-raw", "enhanced-augmented"}
    assert set(short.fusions) == {"taught", "enhanced"}
    assert (short.distillations["small"].epochs, len(short.distillations["small"].seeds)) == (2, 1)


def test_without_fusions_one_run_can_be_kept() -> None:
    params = {key: value for key, value in PARAMS.items() if key != "fusions"}
    alone = {**shortened(params, DIGITS, 2, 1, "short"), "models": ["baseline-raw"], "figures": []}
    assert set(Params.from_plain(only(alone, "baseline-raw")).trainings) == {"baseline-raw"}


def test_only_ends_with_runs_that_teach_each_other() -> None:
    student = PARAMS["trainings"]["baseline-raw"]
    ring = {**PARAMS, "distillations": {"a": {**student, "teacher": "b"}, "b": {**student, "teacher": "a"}}}
    assert set(only(ring, "a")["distillations"]) == {"a", "b"}
