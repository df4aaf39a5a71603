"""Costs against counts by hand."""

import onnx
import pytest
from onnx import ModelProto
from torch import nn

from lightcnn.core.types import Shape
from lightcnn.profiling import cost

CIFAR = Shape(3, 32, 10)
RESIDUAL = """
    <ir_version: 10, opset_import: ["" : 18]>
    residual (uint8[batch, 1, 4, 4] images) => (float[batch, 2] logits)
    <float[2, 1, 1, 1] first = {1, 2}, float[2, 2, 1, 1] second = {1, 2, 3, 4}>
    {
        pixels = Cast <to = 1> (images)
        a = Conv (pixels, first)
        b = Relu (a)
        c = Conv (b, second)
        d = Add (b, c)
        pooled = GlobalAveragePool (d)
        logits = Flatten (pooled)
    }
"""


def papers_branch() -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(3, 10, 3), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(10, 20, 3), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(20 * 6 * 6, 10)),
    )


def graph(text: str) -> ModelProto:
    model = onnx.parser.parse_model(text)
    onnx.checker.check_model(model)
    return model


def test_macs_and_parameters_of_the_papers_branch() -> None:
    macs = 10 * 3 * 9 * 30**2 + 20 * 10 * 9 * 13**2 + 720 * 10
    assert cost.count_macs(papers_branch(), CIFAR) == macs == 554_400
    assert cost.count_parameters(papers_branch()) == 9_310


def test_macs_of_a_depthwise_convolution() -> None:
    assert cost.count_macs(nn.Conv2d(3, 3, 3, padding=1, groups=3), CIFAR) == 3 * 9 * 32**2


def test_counting_leaves_a_batch_norm_as_it_was() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).train()
    cost.count_macs(network, CIFAR)
    assert network[1].num_batches_tracked == 0


def test_a_shortcut_keeps_its_tensor_alive() -> None:
    # One map of two channels is 2 * 16 * 4 = 128 bytes; at Add there are three: b, c and d.
    assert cost.peak_activation_bytes(graph(RESIDUAL)) == 3 * 128


def test_without_the_shortcut_there_are_two_maps_at_most() -> None:
    assert cost.peak_activation_bytes(graph(RESIDUAL.replace("Add (b, c)", "Relu (c)"))) == 2 * 128


def test_images_count_a_byte_a_pixel_until_they_are_read() -> None:
    text = RESIDUAL[: RESIDUAL.index("a = Conv")].replace("float[batch, 2]", "float[batch, 16]")
    # Cast: 16 + 64; Flatten: 64 + 64.
    assert cost.peak_activation_bytes(graph(text + "logits = Flatten (pixels) }")) == 128
    # Where they are read once more at the end, they live on beside both.
    text = text.replace("logits)", "logits, uint8[batch, 1, 4, 4] copy)")
    assert cost.peak_activation_bytes(graph(text + "logits = Flatten (pixels) copy = Identity (images) }")) == 16 + 64 + 64


def test_an_output_lives_to_the_end() -> None:
    model = graph(RESIDUAL.replace("logits)", "logits, float[batch, 2, 4, 4] a)"))
    assert cost.peak_activation_bytes(model) == 4 * 128


def test_a_tensor_that_nobody_reads_lives_for_one_node() -> None:
    text = RESIDUAL.replace("c = Conv", "unread = Concat <axis = 1> (b, b, b) c = Conv")
    # At Concat: b and three times its size; gone before Add.
    assert cost.peak_activation_bytes(graph(text)) == 128 + 3 * 128


def test_a_shape_that_depends_on_the_pixels_is_refused() -> None:
    text = RESIDUAL.replace("logits = Flatten (pooled)", "found = NonZero (b) logits = Flatten (pooled)")
    with pytest.raises(ValueError, match="shape"):
        cost.peak_activation_bytes(graph(text))


def test_the_model_is_left_as_it_was() -> None:
    model = graph(RESIDUAL)
    before = model.SerializeToString()
    cost.peak_activation_bytes(model)
    assert model.SerializeToString() == before


def test_costs_of_a_network() -> None:
    model = graph(RESIDUAL)
    wider = nn.Sequential(papers_branch(), nn.Linear(10, 4))
    assert cost.costs(wider, papers_branch(), CIFAR, model) == {
        "parameters": 9_310,
        "training_parameters": 9_310 + 44,
        "macs": 554_400,
        "weights_bytes": 37_240,
        "onnx_bytes": len(model.SerializeToString()),
        "peak_activation_bytes": 384,
    }


def test_nodes_and_reorders_are_counted_as_they_run() -> None:
    text = """<ir_version: 8, opset_import: ["" : 18, "com.microsoft.nchwc" : 1]> g (float[1, 16, 4, 4] images) => (float[1, 16, 4, 4] logits) {
        a = com.microsoft.nchwc.ReorderInput (images)
        b = Relu (a)
        logits = com.microsoft.nchwc.ReorderOutput (b)
    }"""
    assert cost.count_nodes(onnx.parser.parse_model(text)) == {"optimized_nodes": 3, "layout_reorders": 2}


def test_weights_of_a_file_are_its_floating_point_numbers() -> None:
    text = RESIDUAL.replace("3, 4}>", "3, 4}, int64[2] shape = {0, -1}>").replace("Flatten (pooled)", "Reshape (pooled, shape)")
    assert cost.count_constants(graph(text)) == 2 + 4
