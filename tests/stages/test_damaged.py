"""Files of a stage before that are whole and wrong: every stage that takes them refuses, in one line that names the file."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy import ndarray
from safetensors.torch import load_file, save_file

from lightcnn.artifacts.prepared import read_split
from lightcnn.core.arrays import read_arrays, write_arrays
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.models.trained import read_run
from lightcnn.training import runner
from lightcnn.training.checkpoints import Checkpoints
from stages import distill, evaluate, export, fuse, latency, train
from tests.helpers import STAGE_1, STAGE_2
from tests.stages.killed import bytes_of, kill_after
from tests.stages.trained import INFO, carried_out, write_plan, write_tiny_run
from tests.stages.trained import write_prepared as write_colour

DATA: dict[str, Any] = INFO["data"]
SETTINGS: dict[str, Any] = {**STAGE_1, "epochs": 2, "seeds": [0]}


def refused(match: str, stage: Any, *arguments: Any, **options: Any) -> None:
    with pytest.raises(UserError, match=match) as caught:
        stage(*arguments, **options)
    assert "\n" not in str(caught.value)


@pytest.fixture
def run(tmp_path: Path) -> dict[str, Path]:
    """A run of random weights, and data for it."""
    write_tiny_run(tmp_path / "run")
    write_colour(tmp_path / "prepared")
    return {"plan": write_plan(tmp_path / "plan.json"), "run": tmp_path / "run", "prepared": tmp_path / "prepared"}


def exported(run: dict[str, Path]) -> dict[str, Path]:
    return {**run, "out": run["run"].parent / "model", "cost": run["run"].parent / "cost.json"}


def evaluated(run: dict[str, Path]) -> dict[str, Path]:
    folder = run["run"].parent
    return {**run, "model": folder / "model", "out": folder / "metrics.json", "arrays": folder / "arrays.npz"}


def spoilt(state: dict[str, torch.Tensor], how: str) -> dict[str, torch.Tensor]:
    key = "3/head.1.weight"
    match how:
        case "nan" | "inf":
            state[key][0, 0] = float(how)
        case "shape":
            state[key] = state[key][:, :-1].contiguous()
        case "type":
            state[key] = state[key].double()
        case "name":
            state["3/head.9.weight"] = state.pop(key)
        case "less":
            state.pop(key)
    return state


@pytest.mark.parametrize("how", ["nan", "inf", "shape", "type", "name", "less"])
def test_weights_that_do_not_fit_or_are_no_numbers_are_refused(run: dict[str, Path], how: str) -> None:
    path = run["run"] / "weights.safetensors"
    save_file(spoilt(load_file(path), how), path)
    told = rf"^{path}: .*(3/head\.[19]\.weight|3/head).*; delete it and `dvc repro` recreates it$"
    refused(told, export.main, **exported(run))
    refused(told, evaluate.main, **evaluated(run))


@pytest.mark.parametrize(
    "change",
    [
        {"best_seed": 4},
        {"seeds": []},
        {"valid": {}},
        *({"data": {**DATA, **part}} for part in ({"size": 1}, {"size": -12}, {"mean": [0.5]}, {"channels": 0})),
    ],
)
def test_a_description_of_a_run_that_no_run_has_is_refused(run: dict[str, Path], change: dict[str, Any]) -> None:
    path = run["run"] / "config.json"
    write_json(path, read_json(path) | change)
    refused(rf"^{run['run']}.*dvc repro", export.main, **exported(run))


def labels_of(count: int, *classes: int) -> ndarray:
    return np.resize(np.array(classes, np.int64), count)


@pytest.mark.parametrize("labels", [labels_of(90, 0), labels_of(90, 5, 6), labels_of(90, -1, 0), labels_of(80, 0, 1, 2, 3, 4, 5)])
def test_a_test_split_that_cannot_be_evaluated_on_is_refused(run: dict[str, Path], labels: ndarray) -> None:
    export.main(**exported(run))
    path = run["prepared"] / "test.npz"
    write_arrays(path, images=read_arrays(path)["images"], labels=labels)
    refused(rf"^{path}: ", evaluate.main, **evaluated(run))


def test_an_exported_file_that_is_for_other_images_or_says_no_number_is_refused(run: dict[str, Path], tmp_path: Path) -> None:
    export.main(**exported(run))
    path = tmp_path / "model/model.onnx"
    model = onnx.load(path)
    weight = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 4)
    weight.raw_data = np.full(list(weight.dims), np.nan, np.float32).tobytes()
    onnx.save(model, path)
    refused(rf"^{path}: .*not finite.*dvc repro", evaluate.main, **evaluated(run))
    plan = write_plan(tmp_path / "latency.json", models=["model"], warmup=1, calls=10)
    for text in (
        "(uint8[n, 3, 16, 16] images) => (float[n, 6] logits) { a = Cast <to = 1> (images) b = GlobalAveragePool (a) c = Flatten (b) logits = Concat <axis = 1> (c, c) }",
        "(float[n, 3] pixels) => (float[n, 3] logits) { logits = Neg (pixels) }",
    ):
        path.write_bytes(onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 18]> g {text}').SerializeToString())
        refused(rf"^{path}: ", evaluate.main, **evaluated(run))
    refused(rf"^{path}: ", latency.main, plan, tmp_path, tmp_path / "out.json")


@pytest.mark.usefixtures("prepared")
class TestTraining:
    """What training takes."""

    @pytest.mark.parametrize("how", ["types", "range", "classes", "fewer", "size"])
    def test_a_split_that_is_not_that_of_meta_json_is_not_trained_on(self, prepared: Path, how: str) -> None:
        images, labels = read_split(prepared, "train")
        changed = {
            "types": (images, labels.astype(np.int32)),
            "range": (images, labels + 1),
            "classes": (images, labels % 2),
            "fewer": (images, labels[:-1]),
            "size": (images[:, 1:, 1:], labels),
        }[how]
        write_arrays(prepared / "train.npz", images=changed[0], labels=changed[1])
        refused(r"^prepared/train\.npz: .*; `dvc repro prepare` recreates it$", carried_out, train, "tiny", Path(), SETTINGS)

    def test_an_empty_validation_split_is_not_blamed_on_the_learning_rate(self, prepared: Path) -> None:
        images, labels = read_split(prepared, "valid")
        write_arrays(prepared / "valid.npz", images=images[:0], labels=labels[:0])
        refused(r"^prepared/valid\.npz: there is no image in it", carried_out, train, "tiny", Path(), SETTINGS)

    def killed(self, monkeypatch: pytest.MonkeyPatch) -> Path:
        with monkeypatch.context() as context:
            kill_after(context, 1)
            with pytest.raises(KeyboardInterrupt):
                carried_out(train, "tiny", Path(), SETTINGS)
        (path,) = Path(".lightcnn/checkpoints").glob("*/0.pt")
        return path

    def test_a_checkpoint_with_any_byte_flipped_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        path = self.killed(monkeypatch)
        whole = path.read_bytes()
        for place in (*range(0, len(whole), len(whole) // 40), len(whole) - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
            with pytest.raises(UserError, match=rf"^{path}: damaged; delete it, and this seed is trained from its beginning$"):
                Checkpoints(path.parent).load(0, torch.device("cpu"))
        path.write_bytes(whole)
        assert Checkpoints(path.parent).load(0, torch.device("cpu")) is not None

    @pytest.mark.parametrize("how", ["empty", "other model", "no phase", "rows", "late", "seconds", "no rows"])
    def test_a_checkpoint_of_something_else_is_refused(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        path = self.killed(monkeypatch)
        checkpoints = Checkpoints(path.parent)
        state: Any = checkpoints.load(0, torch.device("cpu"))
        state = {
            "empty": {},
            "other model": {**state, "model": {"weight": torch.zeros(3)}},
            "no phase": {**state, "counts": [7, 1, 0, 0.0, 1]},
            "rows": {**state, "rows": [{"epoch": 1}]},
            "late": {**state, "counts": [0, 99, 0, 0.0, 1]},
            "seconds": {**state, "seconds": "long"},
            "no rows": {**state, "rows": []},
        }[how]
        checkpoints.save(0, state)
        told = rf"^{path}: not a checkpoint of this run; delete it, and this seed is trained from its beginning$"
        refused(told, carried_out, train, "tiny", Path(), SETTINGS)
        path.unlink()
        carried_out(train, "tiny", Path(), SETTINGS)

    def test_runs_of_other_images_are_not_built_on(self) -> None:
        for name in ("raw", "augmented"):
            write_tiny_run(Path("runs", name), (0,), 0, name=name, data={**DATA, "size": 16})
        refused(
            r"^pair: the run raw was trained on other images than prepared holds",
            carried_out,
            fuse,
            "pair",
            Path(),
            STAGE_2,
            branches=Path("runs"),
        )
        student = {**SETTINGS, "teacher": "raw", "distill": {"name": "soft_targets"}}
        refused(
            r"^student: the run raw was trained on other images", carried_out, distill, "student", Path(), student, teachers=Path("runs")
        )

    def test_branches_of_other_seeds_are_not_joined(self) -> None:
        write_tiny_run(Path("runs/raw"), (0,), 0)
        write_tiny_run(Path("runs/augmented"), (1,), 1)
        refused(r"^runs: raw and augmented are not of the same seeds", carried_out, fuse, "pair", Path(), STAGE_2, branches=Path("runs"))


def test_going_on_from_a_whole_checkpoint_still_ends_with_the_same_bytes(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepared.exists()
    settings = {**SETTINGS, "seeds": [0, 1]}
    undisturbed = bytes_of(carried_out(train, "tiny", Path("one"), settings))
    with monkeypatch.context() as context:
        kill_after(context, 3)
        with pytest.raises(KeyboardInterrupt):
            carried_out(train, "tiny", Path("two"), settings)
    assert bytes_of(carried_out(train, "tiny", Path("two"), settings)) == undisturbed
    assert read_run(Path("two/run")).info.seeds == (0, 1)
    assert runner.ANEW
