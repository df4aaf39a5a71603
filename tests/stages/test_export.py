"""Exporting a run: the best seed, checked against torch, without a look at the test split."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file

from lightcnn.artifacts.cost import Cost
from lightcnn.artifacts.layers import read_layers
from lightcnn.artifacts.prepared import read_split
from lightcnn.artifacts.record import read_record
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.data.normalize import logits_of
from lightcnn.export import ort
from stages import export
from tests.helpers import ROOT, size_of
from tests.stages.trained import CLASSES, write_plan, write_prepared, write_tiny_run


def run_export(folder: Path) -> None:
    """Run the stage on folder/run and folder/prepared."""
    plan = write_plan(folder / "plan.json")
    export.main(plan, run=folder / "run", out=folder / "model", cost=folder / "cost.json", prepared=folder / "prepared")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the stage has run; there is no test split in it, nor a validation split."""
    folder = tmp_path_factory.mktemp("export")
    write_tiny_run(folder / "run")
    write_prepared(folder / "prepared", ("train",))
    run_export(folder)
    return folder


def test_the_best_seed_is_exported(done: Path) -> None:
    run = write_tiny_run(done / "run")
    images = np.random.default_rng(1).integers(0, 256, (20, 12, 12, 3), dtype=np.uint8)
    exported = ort.logits_of(ort.open_session(done / "model/model.onnx"), images)
    by_seed = {seed: logits_of(run.model(seed), run.normalise(), torch.from_numpy(images)).numpy() for seed in (3, 5)}
    assert np.abs(exported - by_seed[5]).max() < 1e-5
    assert np.abs(exported - by_seed[3]).max() > 0.1


def test_labels_and_weights_lie_beside_the_models_and_nothing_else(done: Path) -> None:
    assert {path.name for path in (done / "model").iterdir()} == {"labels.json", "model.int8.onnx", "model.onnx", "model.safetensors"}
    assert tuple(read_json(done / "model/labels.json")) == CLASSES


def test_the_layers_beside_the_costs_have_its_parameters(done: Path) -> None:
    layers = read_layers(done / "cost.tsv")
    assert [layer.shape for layer in layers if layer.kind == "conv 3×3"] == ["10×10×10", "20×3×3"]
    assert sum(layer.parameters for layer in layers) == read_json(done / "cost.json")["parameters"]


def test_weights_are_those_of_the_seed_as_it_was_trained(done: Path) -> None:
    run = write_tiny_run(done / "run")
    network = run.model(3)
    network.load_state_dict(load_file(done / "model/model.safetensors"))
    assert all(torch.equal(tensor, run.states[5][name]) for name, tensor in network.state_dict().items())


def test_the_int8_file_says_nearly_the_same(done: Path) -> None:
    images = read_split(done / "prepared", "train").images
    fp32, int8 = (ort.logits_of(ort.open_session(done / "model" / name), images) for name in ("model.onnx", "model.int8.onnx"))
    assert 0 < np.abs(int8 - fp32).max() < 0.05 * np.ptp(fp32)


def test_exported_again_by_another_process_it_is_the_same_bytes_and_the_home_is_left_alone(done: Path, tmp_path: Path) -> None:
    out = ["--run", done / "run", "--prepared", done / "prepared", "--out", tmp_path / "model", "--cost", tmp_path / "cost.json"]
    command = [sys.executable, "-m", "stages.export", done / "plan.json", *out]
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    environment |= {"HOME": str(tmp_path), "PYTHONHASHSEED": "7"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    for file in (done / "model").iterdir():
        assert (tmp_path / "model" / file.name).read_bytes() == file.read_bytes(), file.name
    assert not list(tmp_path.rglob("*deviceid*"))


def test_costs_are_those_of_the_network_and_the_file(done: Path) -> None:
    cost = read_record(done / "cost.json", Cost)
    # 12x12 is 10x10 after the first convolution, 5x5 pooled, 3x3 after the second, 1x1 pooled.
    assert cost.macs == 10 * 27 * 100 + 20 * 90 * 9 + 20 * 6
    assert cost.parameters == (27 + 1) * 10 + (90 + 1) * 20 + (20 + 1) * 6
    assert read_json(done / "cost.json")["training_parameters"] == cost.parameters
    assert cost.weights_bytes == 4 * cost.parameters
    assert cost.onnx_bytes == (done / "model/model.onnx").stat().st_size
    assert cost.int8_bytes == (done / "model/model.int8.onnx").stat().st_size < cost.onnx_bytes
    # Largest: the first convolution's output, filled up to 16 channels, beside its input.
    assert cost.peak_activation_bytes == 4 * (16 * 100 + 3 * 144)
    # The six channels of zeros: their own weights, and those by which they are read. torch leaves out two biases that are zero.
    assert cost.onnx_weights == cost.parameters + 6 * (27 + 1) + 6 * 9 * 20 - (20 + 6)
    assert cost.layout_reorders == 1
    assert cost.optimized_nodes is not None
    assert cost.layout_reorders < cost.optimized_nodes <= 11
    assert len(onnx.load(done / "model/model.onnx").graph.input) == 1


def test_the_images_that_are_checked_are_drawn_from_the_whole_split_and_always_the_same() -> None:
    images = np.arange(5000, dtype=np.uint16).view(np.uint8).reshape(5000, 1, 1, 2)
    chosen = export.drawn(images).copy().view(np.uint16).reshape(-1)
    np.testing.assert_array_equal(chosen, export.drawn(images).copy().view(np.uint16).reshape(-1))
    assert len(set(chosen.tolist())) == export.CHECKED_IMAGES
    # Sorted by class, each of ten classes would have 500 in a row, and about a hundred of them are drawn.
    assert np.bincount(chosen // 500, minlength=10).min() > 60
    assert len(export.drawn(images[:3])) == 3


def test_what_folds_is_exported_folded_and_counted_so(tmp_path: Path) -> None:
    model = {
        "name": "enhanced",
        "widths": [8],
        "depth": 1,
        "attention": None,
        "conv": {"name": "bsconv_reparam", "branches": 2, "expansion": 3},
    }
    run = write_tiny_run(tmp_path / "run", architecture=model)
    write_prepared(tmp_path / "prepared", ("train",))
    run_export(tmp_path)
    cost = read_json(tmp_path / "cost.json")
    stem_and_head = 27 * 8 + 16 + 9 * 6
    assert cost["parameters"] == stem_and_head + 2 * (8 * 8 + 9 * 8 + 8)
    assert cost["training_parameters"] == size_of(run.model(5)) == stem_and_head + 2 * (3 * 8 * (8 + 8) + 2 * 11 * 8 + 16)
    assert cost["macs"] == 144 * (27 * 8 + 2 * (8 * 8 + 9 * 8)) + 8 * 6
    operators = [node.op_type for node in onnx.load(tmp_path / "model/model.onnx").graph.node]
    assert operators.count("Conv") == 1 + 2 * 2 + 1
    assert "MatMul" not in operators


def test_a_model_that_says_something_else_than_torch_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_run(tmp_path / "run")
    write_prepared(tmp_path / "prepared", ("train",))
    right = ort.logits_of
    monkeypatch.setattr(ort, "logits_of", lambda *args: right(*args) + np.float32(2e-4))
    with pytest.raises(UserError, match=r"^tiny: .* differ by 2\.0e-04 "):
        run_export(tmp_path)
    assert not (tmp_path / "model").exists()
    assert not (tmp_path / "cost.json").exists()
