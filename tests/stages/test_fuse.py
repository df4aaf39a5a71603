"""Stage 2 as a command: seed joins seed, and both trained heads are carried over."""

from pathlib import Path
from typing import Any

import pytest
import torch

from lightcnn.core.errors import UserError
from lightcnn.core.tables import read_table
from lightcnn.data.normalize import logits_of
from lightcnn.models.trained import read_run
from stages import fuse, train
from tests.helpers import DATA, PHASE, STAGE_1, STAGE_2
from tests.stages.killed import bytes_of, kill_after
from tests.stages.trained import carried_out, write_plan


@pytest.fixture(autouse=True)
def _branches(prepared: Path) -> None:
    for name, lr in (("raw", 0.01), ("augmented", 0.02)):
        settings = {**STAGE_1, "epochs": 1, "optimizer": {"name": "adamw", "lr": lr}}
        train.main(write_plan(Path(f"{name}.json"), **settings), prepared=prepared, out=Path("runs", name), curves=Path("curves", name))


def fused(folder: str = "one", **changes: Any) -> Path:
    return carried_out(fuse, "pair", Path(folder), {**STAGE_2, **changes}, branches=Path("runs"))


def test_with_the_new_head_alone_open_each_seed_holds_its_branches_bit_by_bit() -> None:
    run = read_run(fused(phases={"fusion": {"unfreeze": ["fusion"], **PHASE}}) / "run")
    for part, name in (("first", "raw"), ("second", "augmented")):
        branch = read_run(Path("runs", name))
        for seed in (0, 1):
            assert all(torch.equal(run.states[seed][f"{part}.{key}"], value) for key, value in branch.states[seed].items())


def test_in_the_first_phase_the_branches_stay_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    kill_after(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        fused()
    (checkpoint,) = Path(".lightcnn/checkpoints").glob("pair-*/0.pt")
    model, branch = torch.load(checkpoint)["model"], read_run(Path("runs", "augmented"))
    assert all(torch.equal(model[f"second.{key}"], value) for key, value in branch.states[0].items())


def test_all_groups_opened_all_weights_have_moved() -> None:
    run, branch = read_run(fused() / "run"), read_run(Path("runs", "raw"))
    assert not any(torch.equal(run.states[0][f"first.{key}"], value) for key, value in branch.states[0].items())


def test_a_curve_tells_what_was_opened_when() -> None:
    rows = read_table(fused() / "curves" / "0.tsv")
    assert [(row["phase"], row["unfrozen"]) for row in rows] == [("1", "fusion"), ("2", "head"), ("3", "conv2"), ("4", "conv1")]


@pytest.mark.parametrize("epochs", [2, 4])
def test_a_killed_fusion_ends_with_the_same_bytes(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = bytes_of(fused())
    with monkeypatch.context() as context:
        kill_after(context, epochs)
        with pytest.raises(KeyboardInterrupt):
            fused("two")
    assert bytes_of(fused("two")) == undisturbed


def test_a_branch_that_is_not_there_is_told() -> None:
    Path("runs/augmented/weights.safetensors").unlink()
    with pytest.raises(UserError, match=r"augmented/weights\.safetensors: missing"):
        fused()


def test_a_vote_needs_no_training() -> None:
    run = read_run(fused(fusion={"name": "soft_vote"}, phases={}) / "run")
    branch = read_run(Path("runs/raw"))
    assert all(torch.equal(run.states[1][f"first.{key}"], value) for key, value in branch.states[1].items())
    assert run.info.valid["1"].epoch == 0
    assert read_table(Path("one/curves/0.tsv")) == []
    probs = [
        logits_of(read_run(Path("runs", name)).model(1), DATA.normalise, DATA.valid.images).softmax(1) for name in ("raw", "augmented")
    ]
    right = ((probs[0] + probs[1]).argmax(1) == DATA.valid.labels).float().mean().item()
    assert run.info.valid["1"].top1 == pytest.approx(right)
