"""Trained runs on disk."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lightcnn.core.errors import UserError
from lightcnn.models.trained import RunConfig, TrainedRun, read_run, write_run
from tests.helpers import floats_of, shaken

INFO: dict[str, Any] = {
    "name": "tiny",
    "architecture": {"name": "paper", "channels": [2, 3]},
    "fusion": None,
    "data": {"name": "x", "classes": ["a", "b", "c", "d"], "channels": 1, "size": 12, "mean": [0.1], "std": [0.3], "counts": {}},
    "seeds": [7, 2],
    "best_seed": 2,
    "valid": {seed: {"top1": 0.5, "nll": 1.2, "epoch": 3} for seed in ("7", "2")},
}
IMAGES = floats_of(3, 1, 12, 12)


def run_of(**changes: Any) -> TrainedRun:
    info = RunConfig.from_plain({**INFO, **changes})
    states = {seed: shaken(network_of(info), seed).state_dict() for seed in info.seeds}
    return TrainedRun(info, states, dict.fromkeys(info.seeds, ()))


def network_of(info: RunConfig) -> torch.nn.Module:
    branch, twin = (info.architecture.build(info.shape) for _ in range(2))
    return info.fusion.build(branch, twin, info.shape.classes) if info.fusion else branch


@pytest.mark.parametrize("fusion", [None, {"name": "concat_mlp", "hidden": 5}])
def test_every_seeds_network_says_again_what_it_said(tmp_path: Path, fusion: dict[str, Any] | None) -> None:
    run = run_of(fusion=fusion)
    write_run(tmp_path, run)
    again = read_run(tmp_path)
    assert again.info == run.info
    assert list(again.states) == [7, 2]
    for seed in (7, 2):
        assert torch.equal(again.model(seed)(IMAGES), shaken(network_of(run.info), seed)(IMAGES))
    assert not torch.equal(again.model(7)(IMAGES), again.model(2)(IMAGES))


def test_a_network_comes_in_evaluation_mode(tmp_path: Path) -> None:
    write_run(tmp_path, run_of(fusion={"name": "concat_mlp"}))
    assert not any(part.training for part in read_run(tmp_path).model(2).modules())


def test_pixels_are_normalised_by_the_runs_own_statistics() -> None:
    pixels = torch.full((1, 1, 12, 12), 51, dtype=torch.uint8)
    assert torch.allclose(run_of().normalise()(pixels), torch.tensor((0.2 - 0.1) / 0.3))


def test_the_same_run_is_the_same_bytes_whatever_the_layout(tmp_path: Path) -> None:
    run = run_of()
    write_run(tmp_path / "one", run)
    states = {
        seed: {key: value.contiguous(memory_format=layout(value)) for key, value in state.items()} for seed, state in run.states.items()
    }
    write_run(tmp_path / "two", TrainedRun(run.info, states, run.snapshots))
    for name in ("weights.safetensors", "config.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def layout(value: torch.Tensor) -> torch.memory_format:
    return torch.channels_last if value.ndim == 4 else torch.contiguous_format


def spoil(folder: Path, how: str) -> None:
    weights, config = folder / "weights.safetensors", folder / "config.json"
    other = {"seeds": [1, 2]} if how == "other seeds" else {"seeds": [7]} if how == "fewer seeds" else {"size": "12"}
    match how:
        case "cut short":
            weights.write_bytes(weights.read_bytes()[:-1])
        case "empty":
            weights.write_bytes(b"")
        case "garbage":
            weights.write_bytes(b"\xff" * 100)
        case "no json":
            config.write_text("{")
        case "other keys":
            save_file({"weight": torch.zeros(1)}, weights)
        case "other seeds" | "fewer seeds" | "other types":
            config.write_text(json.dumps({**json.loads(config.read_text()), **other}))
        case "another component":
            config.write_text(config.read_text().replace('"paper"', '"papyrus"'))
        case _:
            (folder / how).unlink()


@pytest.mark.parametrize(
    "how",
    [
        *("cut short", "empty", "garbage", "no json", "other keys", "other seeds", "fewer seeds", "other types", "another component"),
        *("weights.safetensors", "config.json"),
    ],
)
def test_what_is_damaged_or_does_not_fit_is_told_in_one_line_with_the_way_out(tmp_path: Path, how: str) -> None:
    write_run(tmp_path, run_of())
    spoil(tmp_path, how)
    with pytest.raises(UserError, match="dvc repro") as caught:
        read_run(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_snapshots_vote_in_the_place_of_their_seed(tmp_path: Path) -> None:
    run = run_of()
    taken = tuple(shaken(network_of(run.info), number).state_dict() for number in range(10, 22))
    write_run(tmp_path, run._replace(snapshots={7: taken, 2: ()}))
    again = read_run(tmp_path)
    members = [shaken(network_of(run.info), number)(IMAGES) for number in (*range(10, 22), 2)]
    assert all(torch.equal(found(IMAGES), wanted) for found, wanted in zip(again.members(), members, strict=True))
    assert torch.equal(again.model(7)(IMAGES), shaken(network_of(run.info), 7)(IMAGES))
