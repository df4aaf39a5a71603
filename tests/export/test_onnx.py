"""The exported model against the network it was made of, and against itself made elsewhere."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy import ndarray
from onnx import ModelProto
from torch import Tensor, nn

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.export import ort
from lightcnn.export.onnx import OPSET, forget, to_onnx

REPOSITORY = Path(__file__).parents[2]
SHAPE = Shape(3, 12, 4)
CLASSES = ("cat", "dog", "Bär", "owl")
NORMALISE = Normalize((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))


class Shortcut(nn.Module):
    """Depthwise separable convolutions with a shortcut; BatchNorm sits inside."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, channels, 1),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
        )

    def forward(self, feature_map: Tensor) -> Tensor:
        return feature_map + self.body(feature_map)


def small_network() -> nn.Sequential:
    """A network with BatchNorms that do something, on images of `SHAPE`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        stem = (nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        network = nn.Sequential(*stem, Shortcut(8), nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.Flatten())
        return trained(network)


def trained(network: nn.Sequential) -> nn.Sequential:
    """The network with other weights and statistics than those it is born with."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.weight, layer.bias, layer.running_mean):
                nn.init.normal_(tensor)
            nn.init.uniform_(layer.running_var, 0.5, 2)
    return network.eval()


def small_graph() -> ModelProto:
    text = '<ir_version: 10, opset_import: ["" : 18]> g (float[n, 1] images) => (float[n, 1] logits) <float[1] w = {2}> '
    return onnx.parser.parse_model(text + "{ logits = Mul (images, w) }")


def pixels(count: int, shape: Shape = SHAPE) -> ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, shape.size, shape.size, shape.channels), dtype=np.uint8)


def difference(model: ModelProto, network: nn.Module, images: ndarray) -> float:
    """How far the exported model's logits are from torch's, at most."""
    ours = ort.logits_of(ort.open_session(model.SerializeToString()), images)
    return float(np.abs(ours - logits_of(network, NORMALISE, torch.from_numpy(images)).numpy()).max())


@pytest.fixture(scope="module")
def exported() -> ModelProto:
    return to_onnx(small_network(), NORMALISE, SHAPE, CLASSES)


@pytest.mark.parametrize("batch", [1, 64])
def test_says_what_torch_says_of_raw_pixels(batch: int, exported: ModelProto) -> None:
    assert difference(exported, small_network(), pixels(batch)) < 1e-5


def test_takes_bytes_and_gives_logits_for_any_batch(exported: ModelProto) -> None:
    (images,), (logits,) = exported.graph.input, exported.graph.output
    assert (images.name, logits.name) == ("images", "logits")
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert logits.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert [dim.dim_param or dim.dim_value for dim in images.type.tensor_type.shape.dim] == ["batch", 3, 12, 12]
    assert [dim.dim_param or dim.dim_value for dim in logits.type.tensor_type.shape.dim] == ["batch", 4]


def test_batch_norm_is_folded_away(exported: ModelProto) -> None:
    operators = [node.op_type for node in exported.graph.node]
    assert "BatchNormalization" not in operators
    # Nor has it become arithmetic of another name: what is left is convolutions, and the shortcut; normalisation lies in the stem, too.
    assert sorted(set(operators) - {"Relu", "GlobalAveragePool"}) == ["Add", "Cast", "Conv", "Flatten"]
    assert (operators.count("Conv"), operators.count("Add")) == (4, 1)


def test_opens_in_a_runtime_that_knows_no_newer_files_and_has_no_names_in_it(exported: ModelProto) -> None:
    # onnx.helper knows which version of the file came with which set of operators.
    assert exported.ir_version == onnx.helper.find_min_ir_version_for(exported.opset_import) == 8
    assert not any(node.name for node in exported.graph.node)
    assert b"network" not in exported.SerializeToString()


def test_tells_the_labels_and_what_to_do_with_images(exported: ModelProto) -> None:
    about = {entry.key: entry.value for entry in exported.metadata_props}
    assert tuple(json.loads(about["labels"])) == CLASSES
    assert "uint8" in about["preprocessing"]
    assert "upright by EXIF orientation" in about["preprocessing"]
    assert "middle square" in about["preprocessing"]
    assert [(entry.domain, entry.version) for entry in exported.opset_import] == [("", OPSET)]


def test_nothing_is_left_that_an_exporter_may_have_noted() -> None:
    model, expected = small_graph(), small_graph()
    for part in (model, model.graph, model.graph.node[0], model.graph.input[0], model.graph.initializer[0]):
        part.doc_string = "made in /home/me"
        part.metadata_props.add(key="stack_trace", value="/home/me/network.py")
    forget(model)
    forget(expected)
    assert model.SerializeToString() == expected.SerializeToString()


def test_the_network_and_the_global_random_state_are_left_as_they_were() -> None:
    network = small_network().train()
    before, state = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    to_onnx(network, NORMALISE, SHAPE, CLASSES)
    assert all(layer.training for layer in network.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_made_in_another_folder_it_is_the_same_bytes_and_knows_neither(tmp_path: Path, exported: ModelProto) -> None:
    # The source lies in that folder too: its path is what the exporter would write into the model.
    (tmp_path / "network.py").write_text(Path(__file__).read_text("utf-8"), "utf-8")
    model = "to_onnx(small_network(), NORMALISE, SHAPE, CLASSES).SerializeToString()"
    code = f"import sys; sys.path.append({str(REPOSITORY)!r}); from network import *; sys.stdout.buffer.write({model})"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.stderr == b""
    assert done.stdout == exported.SerializeToString()
    assert not [word for word in (str(tmp_path), str(REPOSITORY), ".py", "torch", "aten") if word.encode() in done.stdout]
    onnx.checker.check_model(exported, full_check=True)


@pytest.mark.parametrize("component", ["paper", "enhanced"])
def test_the_projects_own_networks_say_the_same_exported(component: str) -> None:
    shape = Shape(3, 16, 4)
    architecture, fusion = from_config("architectures", {"name": component}), from_config("fusions", {"name": "concat_mlp"})
    network = trained(fusion.build(architecture.build(shape), architecture.build(shape), shape.classes))
    model = to_onnx(network, NORMALISE, shape, CLASSES)
    assert difference(model, network, pixels(8, shape)) < 1e-4
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
