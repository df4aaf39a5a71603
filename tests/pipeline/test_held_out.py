"""Runs that train on the validation images: what plan refuses of them, and whose temperature they take."""

from pathlib import Path
from typing import Any

import pytest

from lightcnn.pipeline.held_out import siblings
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.plan import plan_files
from tests.helpers import PARAMS, STAGE_1, STAGE_2, edited
from tests.pipeline.test_params import complaints

ON_ALL = {"train_on": "train+valid", "checkpoint": "last"}
RAW, AUGMENTED = PARAMS["trainings"]["raw"], PARAMS["trainings"]["augmented"]
FINAL: Any = {
    **PARAMS,
    "trainings": {
        **PARAMS["trainings"],
        "final-raw": {**RAW, **ON_ALL, "seeds": [0]},
        "final-augmented": {**AUGMENTED, **ON_ALL, "seeds": [0]},
    },
    "fusions": {"pair": STAGE_2, "final": {**STAGE_2, **ON_ALL, "branches": ["final-raw", "final-augmented"]}},
    "models": ["final", "raw", "pair"],
    "inference": [{"name": "tta"}, {"name": "temperature"}],
}
"""A fusion that is chosen, and the same trained on all images."""


def test_a_choice_that_is_finished_may_be_trained_on_all_images() -> None:
    assert Params.from_plain(FINAL).runs["final"].train_on == "train+valid"


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        *(
            (
                f"{run}.checkpoint",
                "best",
                f"{run}.checkpoint: 'best' is chosen on images that train_on: train+valid trains on; write checkpoint: last",
            )
            for run in ("trainings.final-raw", "fusions.final")
        ),
        *(
            (
                f"{run}.early_stopping",
                {},
                f"{run}.early_stopping: watches images that train_on: train+valid trains on; write early_stopping: null",
            )
            for run in ("trainings.final-raw", "fusions.final")
        ),
        (
            "distillations",
            {"student": {**STAGE_1, "teacher": "final"}},
            "distillations.student.train_on: final was trained on the validation images; write train_on: train+valid",
        ),
        (
            "inference",
            [{"name": "thresholds"}],
            "inference.0: thresholds is fitted on validation images, which final was trained on; take either out of its list",
        ),
        (
            "models",
            ["final", "raw"],
            "inference.1: temperature is fitted on validation images, which final was trained on; take either out of its list"
            " or list among models the same run with train_on: train, whose temperature it takes",
        ),
    ],
)
def test_what_would_use_the_validation_images_is_refused_in_one_line(tmp_path: Path, path: str, value: Any, text: str) -> None:
    assert complaints(tmp_path, edited(FINAL, path, value)) == [text]


def test_what_is_built_on_such_a_run_is_such_a_run(tmp_path: Path) -> None:
    mixed = edited(FINAL, "trainings.final-augmented.train_on", "train")
    Params.from_plain(mixed | {"inference": []})
    found = complaints(tmp_path, edited(mixed, "fusions.final.train_on", "train"))
    assert found == ["fusions.final.train_on: final-raw was trained on the validation images; write train_on: train+valid"]


def siblings_in(params: Any) -> dict[str, str]:
    found = Params.from_plain({**params, "inference": []})
    return siblings(found.runs, found.models)


def test_the_sibling_is_the_model_of_equal_settings_down_to_its_branches() -> None:
    assert siblings_in(FINAL) == {"final": "pair"}
    assert siblings_in({**FINAL, "models": ["final-augmented", "final-raw", "augmented", "raw"]}) == {
        "final-augmented": "augmented",
        "final-raw": "raw",
    }
    for path, value in (("fusions.final.batch_size", 17), ("trainings.final-raw.epochs", 4), ("trainings.augmented.optimizer.lr", 0.02)):
        assert siblings_in(edited(FINAL, path, value)) == {}


def test_the_stages_are_told_what_is_not_fitted_and_whose_temperature_is_taken() -> None:
    plans = plan_files(Params.from_plain(FINAL), {})
    asked = {name: [way["name"] for way in plans[f"evaluate/{name}.json"]["settings"]["inference"]] for name in ("final", "pair")}
    assert asked == {"final": ["tta"], "pair": ["tta", "temperature"]}
    assert plans["report.json"]["settings"]["temperature_from"] == {"final": "pair"}
    without = plan_files(Params.from_plain({**FINAL, "inference": []}), {})
    assert without["report.json"]["settings"]["temperature_from"] == {}
