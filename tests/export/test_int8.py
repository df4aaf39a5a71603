"""The quantized model against the one that it was made of, and against what int8 means."""

import numpy as np
import onnx
import pytest
from numpy import ndarray
from onnx import ModelProto, numpy_helper
from torch import nn

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.export import ort
from lightcnn.export.int8 import CALIBRATION_IMAGES, Calibration, multiply_by_pixel, shorten, swap_relu_and_pool, to_int8
from lightcnn.export.onnx import to_onnx
from tests.export.test_onnx import CLASSES, NORMALISE, pixels, trained

SHAPE = Shape(3, 16, 4)


@pytest.fixture(scope="module", params=["paper", "enhanced"])
def network(request: pytest.FixtureRequest) -> nn.Module:
    """A fused network of the project's own."""
    architecture, fusion = from_config("architectures", {"name": request.param}), from_config("fusions", {"name": "concat_mlp"})
    return trained(fusion.build(architecture.build(SHAPE), architecture.build(SHAPE), SHAPE.classes))


@pytest.fixture(scope="module")
def pair(network: nn.Module) -> tuple[ModelProto, ModelProto]:
    """It in fp32 and in int8."""
    model = to_onnx(network, NORMALISE, SHAPE, CLASSES)
    return model, to_int8(model, pixels(64, SHAPE))


def logits(model: ModelProto, images: ndarray) -> ndarray:
    return ort.logits_of(ort.open_session(model.SerializeToString()), images)


def weights_of(model: ModelProto) -> dict[str, ndarray]:
    return {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}


def dequantized(model: ModelProto, operators: tuple[str, ...]) -> list[tuple[ndarray, ndarray, int]]:
    """The stored weight of each such operator, its scales, and the axis that they run along."""
    weights, makers = weights_of(model), {node.output[0]: node for node in model.graph.node}
    readers = [makers[node.input[1]] for node in model.graph.node if node.op_type in operators]
    axes = [{a.name: a.i for a in node.attribute}["axis"] for node in readers]
    return [(weights[node.input[0]], weights[node.input[1]], axis) for node, axis in zip(readers, axes, strict=True)]


def test_every_weight_is_int8_with_a_scale_for_each_output_channel(network: nn.Module, pair: tuple[ModelProto, ModelProto]) -> None:
    fp32, int8 = pair
    found = dequantized(int8, ("Conv", "Gemm"))
    assert len(found) == sum(node.op_type in ("Conv", "Gemm") for node in fp32.graph.node)
    used = 0
    for weight, scales, axis in found:
        assert weight.dtype == np.int8
        assert (axis, scales.shape) == (0, (len(weight),))
        # The largest weight of a channel takes up the whole range, but for channels of zeros that fill up a block.
        largest = np.abs(weight.reshape(len(weight), -1).astype(int)).max(1)
        assert set(largest.tolist()) <= {0, 126, 127}
        is_fixed = set(np.unique(weight).tolist()) == {0, 127}  # zeros and ones, where a shortcut widens
        used += 0 if is_fixed else np.count_nonzero(largest)
    # As many as the network has channels: none of its own is zero.
    assert used == sum(len(layer.weight) for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear))
    assert len({*np.concatenate([scales for _, scales, _ in found]).tolist()}) > len(found)


def test_a_weight_times_its_scale_is_the_weight_of_fp32(pair: tuple[ModelProto, ModelProto]) -> None:
    fp32, int8 = pair
    originals = [weights_of(fp32)[node.input[1]] for node in fp32.graph.node if node.op_type in ("Conv", "Gemm")]
    for weight, scales, _ in dequantized(int8, ("Conv", "Gemm")):
        steps = scales.reshape(-1, *[1] * (weight.ndim - 1))
        alike = [original for original in originals if original.shape == weight.shape]
        assert sum((np.abs(weight * steps - original) <= 0.51 * steps).all() for original in alike) == 1


def test_no_weight_of_an_operator_is_left_in_floating_point(pair: tuple[ModelProto, ModelProto]) -> None:
    floats = [weight for weight in weights_of(pair[1]).values() if weight.dtype == np.float32]
    # What is left: scales, and the normalisation of three channels.
    assert max(weight.ndim for weight in floats if weight.size > 3) == 1
    assert {weight.dtype.name for weight in weights_of(pair[1]).values()} <= {"float32", "int8", "uint8", "int32", "int64"}
    assert "BatchNormalization" not in {node.op_type for node in pair[1].graph.node}


def test_normalisation_stays_in_floating_point_and_no_name_takes_up_room(pair: tuple[ModelProto, ModelProto]) -> None:
    nodes = pair[1].graph.node
    moved = [node.op_type for node in nodes if node.op_type != "DequantizeLinear"]
    # Of normalisation only what a border needs is left: the mean pixel, where the first convolution pads.
    assert moved[:3] in (["Cast", "QuantizeLinear", "Conv"], ["Cast", "Sub", "QuantizeLinear"])
    assert not any(node.name for node in nodes)


def test_says_nearly_what_fp32_says_for_any_batch(pair: tuple[ModelProto, ModelProto]) -> None:
    fp32, int8 = pair
    images = pixels(200, SHAPE)[64:]  # others than those it was calibrated on
    expected = logits(fp32, images)
    assert 0 < np.abs(logits(int8, images) - expected).mean() < 0.02 * np.ptp(expected)
    np.testing.assert_array_equal(logits(int8, images[:1]), logits(int8, images)[:1])


def test_input_output_and_metadata_are_those_of_fp32(pair: tuple[ModelProto, ModelProto]) -> None:
    fp32, int8 = pair
    assert [*int8.graph.input, *int8.graph.output] == [*fp32.graph.input, *fp32.graph.output]
    assert {e.key: e.value for e in int8.metadata_props} == {e.key: e.value for e in fp32.metadata_props}
    assert (int8.producer_name, int8.producer_version) == ("lightcnn", "")
    assert [(entry.domain, entry.version) for entry in int8.opset_import] == [("", 18)]
    assert int8.ir_version == 8


def test_is_quantized_the_same_to_the_byte_and_leaves_fp32_as_it_was(pair: tuple[ModelProto, ModelProto]) -> None:
    fp32, int8 = pair
    before = fp32.SerializeToString(deterministic=True)
    again = to_int8(fp32, pixels(64, SHAPE))
    assert again.SerializeToString(deterministic=True) == int8.SerializeToString(deterministic=True)
    assert fp32.SerializeToString(deterministic=True) == before


def test_is_smaller_where_weights_are_most_of_it() -> None:
    wide = from_config("architectures", {"name": "paper", "channels": [32, 64]})
    model = to_onnx(trained(wide.build(SHAPE)), NORMALISE, SHAPE, CLASSES)
    assert to_int8(model, pixels(8, SHAPE)).ByteSize() < 0.4 * model.ByteSize()


@pytest.mark.parametrize("count", [1, 100, 512, 513, 5000])
def test_calibration_images_are_spread_over_the_whole_split(count: int) -> None:
    images = np.zeros((count, 2, 2, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(count) * 256 // count
    reader = Calibration(images)
    batch = np.concatenate([found["images"] for found in iter(reader.get_next, None)])
    assert min(count, CALIBRATION_IMAGES // 2) < len(batch) + 1 <= CALIBRATION_IMAGES + 1
    assert batch.shape[1:] == (1, 2, 2)
    np.testing.assert_allclose(batch[-1], images[-1].transpose(2, 0, 1), atol=1)


@pytest.mark.parametrize(("size", "expected"), [(32, 32), (64, 8), (224, 1)])
def test_calibration_images_come_in_batches_of_as_many_bytes_whatever_their_size(size: int, expected: int) -> None:
    reader = Calibration(np.zeros((40, size, size, 3), np.uint8))
    counts = [len(found["images"]) for found in iter(reader.get_next, None)]
    assert counts[0] == expected
    assert sum(counts) == 40


def test_a_gate_is_multiplied_as_one_pixel_and_another_resize_stays() -> None:
    text = """<ir_version: 8, opset_import: ["" : 18]> g (float[n, 2, 4, 4] images) => (float[n, 2, 4, 4] logits)
    <float[4] spread = {1, 1, 4, 4}, float[4] half = {1, 1, 0.5, 0.5}, float[4] twice = {1, 1, 2, 2}, float[n, 2, 4, 4] d, float[n, 2, 4, 4] e> {
        a = GlobalAveragePool (images)
        d = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (a, , spread)
        b = Mul (images, d)
        c = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (b, , half)
        e = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (c, , twice)
        logits = Add (b, e)
    }"""
    model = onnx.parser.parse_model(text)
    images = np.random.default_rng(0).normal(size=(3, 2, 4, 4)).astype(np.float32)
    before = ort.open_session(model.SerializeToString()).run(None, {"images": images})
    multiply_by_pixel(model)
    assert [node.op_type for node in model.graph.node] == ["GlobalAveragePool", "Mul", "Resize", "Resize", "Add"]
    after = ort.open_session(model.SerializeToString()).run(None, {"images": images})
    np.testing.assert_array_equal(before, after)


def test_a_relu_behind_a_maximum_comes_before_it_and_nothing_else_moves() -> None:
    text = """<ir_version: 10, opset_import: ["" : 18]> g (float[n, 1, 4, 4] images) => (float[n, 1, 2, 2] logits, float[n, 1, 2, 2] both) {
        a = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (images)
        b = Relu (a)
        c = MaxPool <kernel_shape = [1, 1]> (b)
        logits = Relu (c)
        both = Add (c, b)
    }"""
    model = onnx.parser.parse_model(text)
    moved = swap_relu_and_pool(model)
    assert [node.op_type for node in moved.graph.node] == ["Relu", "MaxPool", "MaxPool", "Relu", "Add"]
    onnx.checker.check_model(moved, full_check=True)
    images = np.random.default_rng(0).normal(size=(5, 1, 4, 4)).astype(np.float32)
    ours, theirs = (ort.open_session(m.SerializeToString()).run(None, {"images": images}) for m in (moved, model))
    np.testing.assert_array_equal(ours, theirs)


def test_names_are_numbers_but_for_those_that_callers_use() -> None:
    text = """<ir_version: 10, opset_import: ["" : 18]> g (float[n, 4] images) => (float[n, 4] logits) <float upper = {2}> {
        [first] a_long_name = Clip (images, , upper)
        [second] logits = Neg (a_long_name)
    }"""
    model = onnx.parser.parse_model(text)
    before = ort.open_session(model.SerializeToString()).run(None, {"images": np.arange(4, dtype=np.float32)[None]})
    shorten(model)
    after = ort.open_session(model.SerializeToString()).run(None, {"images": np.arange(4, dtype=np.float32)[None]})
    np.testing.assert_array_equal(before, after)
    assert not [word for word in (b"first", b"second", b"long", b"upper") if word in model.SerializeToString()]
