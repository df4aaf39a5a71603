"""Stage 1 with a teacher as a command."""

from pathlib import Path
from typing import Any

import pytest
import torch

from lightcnn.core.errors import UserError
from lightcnn.data.normalize import logits_of
from lightcnn.models.trained import read_run
from stages import distill, train
from tests.helpers import DATA, STAGE_1
from tests.stages.killed import bytes_of, kill_after
from tests.stages.trained import carried_out, write_plan

STUDENT = {**STAGE_1, "teacher": "big", "distill": {"name": "soft_targets", "weight": 1.0, "temperature": 1.0}, "epochs": 4}


@pytest.fixture(autouse=True)
def _teacher(prepared: Path) -> None:
    settings = {**STAGE_1, "epochs": 4, "architecture": {"name": "paper", "channels": [8, 8]}, "seeds": [3]}
    train.main(write_plan(Path("big.json"), **settings), prepared=prepared, out=Path("runs/big"), curves=Path("curves/big"))


def distilled(folder: str = "one", **changes: Any) -> Path:
    return carried_out(distill, "small", Path(folder), {**STUDENT, **changes}, teachers=Path("runs"))


def probs_of(folder: Path, seed: int) -> torch.Tensor:
    run = read_run(folder)
    return logits_of(run.model(seed), run.normalise(), DATA.valid.images).softmax(1)


def test_a_student_of_the_teacher_alone_comes_nearer_to_it_than_one_of_the_labels() -> None:
    carried_out(train, "plain", Path("plain"), {**STAGE_1, "epochs": 4})
    wanted, out = probs_of(Path("runs/big"), 3), distilled()
    for seed in (0, 1):
        near, far = ((probs_of(Path(folder, "run"), seed) - wanted).abs().mean() for folder in (out, "plain"))
        assert near < far


def test_the_student_is_a_network_of_its_own() -> None:
    run = read_run(distilled() / "run")
    assert (run.info.architecture.config.to_plain(), run.info.fusion) == ({"channels": [4, 6]}, None)


def test_a_killed_distillation_ends_with_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = bytes_of(distilled())
    with monkeypatch.context() as context:
        kill_after(context, 3)
        with pytest.raises(KeyboardInterrupt):
            distilled("two")
    assert bytes_of(distilled("two")) == undisturbed


def test_another_teacher_is_not_taught_on_from_a_checkpoint(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        kill_after(context, 2)
        with pytest.raises(KeyboardInterrupt):
            distilled("two")
    settings = {**STAGE_1, "epochs": 1, "seeds": [3]}
    train.main(write_plan(Path("big.json"), **settings), prepared=prepared, out=Path("runs/big"), curves=Path("curves/big"))
    assert bytes_of(distilled("two")) == bytes_of(distilled("three"))


def test_a_teacher_that_is_not_there_is_told() -> None:
    Path("runs/big/weights.safetensors").unlink()
    with pytest.raises(UserError, match=r"big/weights\.safetensors: missing"):
        distilled()
