"""What a search tries: what is refused, and the line for DVC against DVC's own reading of it."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.yaml import as_yaml
from lightcnn.pipeline.params import load_params
from lightcnn.search.space import Range, SearchedRun, read_space
from tests.helpers import PARAMS, edited


@pytest.fixture
def base(tmp_path: Path) -> SearchedRun:
    """The run `raw` of a params.yaml, without fusions that would hold it fast."""
    params = {**edited(PARAMS, "trainings.raw.early_stopping", None), "fusions": {}, "models": ["raw"]}
    write_bytes(tmp_path / "params.yaml", as_yaml(params).encode())
    return SearchedRun.of(tmp_path / "params.yaml", "raw")


def space(base: SearchedRun, text: str, epochs: int = 0) -> dict[str, Any]:
    path = base.path.parent / "search.yaml"
    path.write_text(text)
    return read_space(path, base, epochs)


def told(base: SearchedRun, text: str, epochs: int = 0) -> str:
    """The one line with which a space is refused."""
    with pytest.raises(UserError) as caught:
        space(base, text, epochs)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{base.path.parent}/search.yaml: ")


def test_a_range_counts_where_the_key_does_and_takes_any_number_elsewhere(base: SearchedRun) -> None:
    axes = space(base, "batch_size: {low: 8, high: 64, log: true}\noptimizer.weight_decay: {low: 0, high: 1}")
    assert axes == {"batch_size": Range(low=8, high=64, log=True), "optimizer.weight_decay": Range(low=0.0, high=1.0)}
    assert [type(axis.low) for axis in axes.values()] == [int, float]


def test_choices_are_kept_as_they_are_rooms_too(base: SearchedRun) -> None:
    text = "checkpoint: [best, last]\noptimizer: [{name: adamw, lr: 1e-3}, {name: sgd, lr: 0.1}]\naugment: [[], [{name: crop_flip}]]"
    axes = space(base, text, epochs=2)
    assert {key: [json.loads(choice) for choice in axis] for key, axis in axes.items()} == {
        "checkpoint": ["best", "last"],
        "optimizer": [{"name": "adamw", "lr": 1e-3}, {"name": "sgd", "lr": 0.1}],
        "augment": [[], [{"name": "crop_flip"}]],
        "epochs": [2],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("optimizer.rl: [1e-3]", "optimizer.rl: 0.001: trainings.raw.optimizer.rl: unknown key (there are: lr, weight_decay"),
        ("optimiser.lr: [1e-3]", "optimiser.lr: 0.001: trainings.raw.optimiser: unknown key (did you mean 'optimizer'?"),
        ("batch_size: [32, 0]", "batch_size: 0: trainings.raw.batch_size: Input should be greater than or equal to 1"),
        ("batch_size: [32, many]", "batch_size: many: trainings.raw.batch_size: Input should be a valid integer"),
        ("batch_size: {low: 1.5, high: 8}", "batch_size: 1.5: trainings.raw.batch_size: Input should be a valid integer"),
        ("optimizer.lr: {low: 1e-3, high: -1}", "optimizer.lr: low 0.001 is not below high -1"),
        ("optimizer.lr: {low: 0, high: 1, log: true}", "optimizer.lr: a log scale cannot reach 0; give a low above 0"),
        ("optimizer.lr: {low: -1, high: 1}", "optimizer.lr: -1: trainings.raw.optimizer.lr: Input should be greater than 0"),
        ("optimizer.lr: {lo: 1, high: 2}", "optimizer.lr: low: Field required; lo: unknown key (did you mean 'low'?"),
        ("optimizer.lr: {low: 1e-3}", "optimizer.lr: high: Field required; expected choices, as in [32, 64], or a range, as in {low:"),
        ("optimizer.lr: []", "optimizer.lr: []: expected choices, as in [32, 64], or a range, as in {low:"),
        ("optimizer.lr: 1e-3", "optimizer.lr: 0.001: expected choices, as in [32, 64], or a range, as in {low:"),
        ("early_stopping.patience: [3]", "early_stopping.patience: 3: early_stopping is no mapping in"),
        (
            "architecture: [{name: resnet9}]",
            "architecture: {'name': 'resnet9'}: trainings.raw.architecture: no such component 'resnet9' (did you mean 'resnet8'?",
        ),
        ("{}", "names no key to try"),
        ("", "expected a mapping"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_any_trial(base: SearchedRun, text: str, said: str) -> None:
    assert told(base, text).startswith(said)


def test_so_are_epochs_that_no_run_can_have(base: SearchedRun) -> None:
    assert told(base, "checkpoint: [best]", epochs=-2).startswith("epochs: -2: trainings.raw.epochs: Input should be greater")


def test_what_is_no_training_is_refused_with_those_there_are(base: SearchedRun) -> None:
    with pytest.raises(UserError, match=r"^rwa: no training of .*params.yaml \(there are: raw, augmented\)$"):
        SearchedRun.of(base.path, "rwa")


def assert_repeats(base: SearchedRun, values: dict[str, Any]) -> None:
    """The line leads DVC to the very params that were tried."""
    before = base.path.read_bytes()
    dvc, exp, run, *options = shlex.split(base.command(values))
    assert (dvc, exp, run, set(options[::2])) == ("dvc", "exp", "run", {"-S"})
    apply_overrides(base.path, options[1::2])
    found = load_params(base.path)
    base.path.write_bytes(before)
    assert found.trainings[base.run] == base.with_values(values).trainings[base.run]


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 7, "checkpoint": "last"},
        {"optimizer.weight_decay": 0.25},
        {"optimizer": {"name": "sgd", "lr": 0.05, "nesterov": True}},
        {"optimizer": {"name": "lookahead", "base_optimizer": {"name": "adamw", "lr": 3e-05}}},
        {"augment": [{"name": "crop_flip", "padding": 2, "flip": False}]},
        {"averaging": None},
        {"early_stopping": {"patience": 3, "min_delta": 0.01}},
        {"loss": {"name": "label_smoothing"}},
    ],
)
def test_the_line_for_dvc_repeats_any_kind_of_value(base: SearchedRun, values: dict[str, Any]) -> None:
    assert base.with_values(values) != base.with_values({})
    assert_repeats(base, values)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.floats(1e-12, 10))
def test_the_line_for_dvc_repeats_a_rate_to_the_bit(base: SearchedRun, rate: float) -> None:
    assert_repeats(base, {"optimizer.lr": rate})


def test_a_run_that_leaves_nothing_to_choose_by_is_refused_and_so_is_the_choice_of_it(base: SearchedRun, tmp_path: Path) -> None:
    text = "raw.train_on: train+valid leaves nothing to choose by; search with train_on: train"
    last = {**base.raw, "trainings": {**base.raw["trainings"], "raw": {**base.raw["trainings"]["raw"], "checkpoint": "last"}}}
    assert told(SearchedRun(base.path, last, "raw"), "train_on: [train, train+valid]").endswith(text)
    write_bytes(tmp_path / "params.yaml", as_yaml(edited(last, "trainings.raw.train_on", "train+valid")).encode())
    with pytest.raises(UserError, match="leaves nothing to choose by"):
        SearchedRun.of(tmp_path / "params.yaml", "raw")
