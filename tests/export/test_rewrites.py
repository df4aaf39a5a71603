"""Each rewrite by itself: what ONNX Runtime says of the graph before and after, and which nodes are left."""

from collections.abc import Callable

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from numpy import ndarray
from onnx import ModelProto
from onnx_ir.passes.common import RemoveUnusedNodesPass

from lightcnn.export import ort
from lightcnn.export.padding import pad_widths
from lightcnn.export.rewrites import center_pixels, flatten, pool_globally, pool_whole_windows, spread_gates, widen_by_convolution
from lightcnn.export.stacking import stack_branches

RANDOM = np.random.default_rng(0)


def model_of(inputs: str, outputs: str, body: str, **weights: ndarray) -> ModelProto:
    """A graph of one input `x`, as text, with its shapes inferred."""
    model = onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 18]> g ({inputs} x) => ({outputs} y) {{ {body} }}')
    model.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in weights.items())
    return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)


def floats(*shape: int) -> ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def rewritten(model: ModelProto, rewrite: Callable[[ir.Graph], None]) -> list[str]:
    """The operators that are left, once it is sure that the function is the same for any batch."""
    graph = ir.serde.deserialize_model(model)
    rewrite(graph.graph)
    RemoveUnusedNodesPass()(graph)
    after = ir.serde.serialize_model(graph)
    onnx.checker.check_model(after, full_check=True)
    kind = model.graph.input[0].type.tensor_type
    sides = [dim.dim_value for dim in kind.shape.dim[1:]]
    before, now = (ort.open_session(m.SerializeToString()) for m in (model, after))
    for batch in (1, 3):
        x = floats(batch, *sides) if kind.elem_type == onnx.TensorProto.FLOAT else RANDOM.integers(0, 256, (batch, *sides), dtype=np.uint8)
        (expected,), (found,) = before.run(None, {"x": x}), now.run(None, {"x": x})
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    return [node.op_type for node in after.graph.node]


AXES = np.array([2, 3])


@pytest.mark.parametrize(
    ("body", "shape", "operators"),
    [
        ("y = ReduceMean (x, axes)", "[n, 8, 1, 1]", ["GlobalAveragePool"]),
        ("y = ReduceMean <keepdims = 0> (x, axes)", "[n, 8]", ["GlobalAveragePool", "Flatten"]),
        ("y = ReduceMax (x, axes)", "[n, 8, 1, 1]", ["GlobalMaxPool"]),
        ("s = ReduceSum (x, axes) y = Mul (s, share)", "[n, 8, 1, 1]", ["GlobalAveragePool"]),
        ("s = ReduceSum (x, axes) y = Mul (s, other)", "[n, 8, 1, 1]", ["ReduceSum", "Mul"]),
        ("y = ReduceMean (x, channels)", "[n, 1, 5, 4]", ["ReduceMean"]),
    ],
)
def test_what_reduces_a_whole_map_becomes_a_global_pool(body: str, shape: str, operators: list[str]) -> None:
    weights = {"axes": AXES, "channels": np.array([1]), "share": np.float32(1 / 20), "other": np.float32(1 / 10)}
    used = {name: np.asarray(array) for name, array in weights.items() if name in body}
    assert rewritten(model_of("float[n, 8, 5, 4]", f"float{shape}", body, **used), pool_globally) == operators


def test_a_sum_that_is_read_elsewhere_too_stays() -> None:
    body = "s = ReduceSum (x, axes) m = Mul (s, share) y = Add (m, s)"
    weights = {"axes": AXES, "share": np.asarray(np.float32(1 / 20))}
    assert "ReduceSum" in rewritten(model_of("float[n, 8, 5, 4]", "float[n, 8, 1, 1]", body, **weights), pool_globally)


def test_a_reshape_to_a_row_becomes_flatten_and_another_stays() -> None:
    row = model_of("float[n, 8, 5, 4]", "float[n, 160]", "y = Reshape (x, to)", to=np.array([-1, 160]))
    assert rewritten(row, flatten) == ["Flatten"]
    shuffle = model_of("float[n, 8, 5, 4]", "float[n, 2, 80]", "y = Reshape (x, to)", to=np.array([-1, 2, 80]))
    assert rewritten(shuffle, flatten) == ["Reshape"]


@pytest.mark.parametrize("side", [4, 5, 7, 8])
@pytest.mark.parametrize(("operator", "kernel"), [("AveragePool", 2), ("MaxPool", 2), ("MaxPool", 3), ("AveragePool", 3)])
def test_pooling_that_rounds_up_is_the_same_with_padding_that_is_not_counted(operator: str, kernel: int, side: int) -> None:
    out = -(-(side - kernel) // 2) + 1
    counts = ", count_include_pad = 1" if operator == "AveragePool" else ""
    body = f"y = {operator} <kernel_shape = [{kernel}, {kernel}], strides = [2, 2], ceil_mode = 1{counts}> (x)"
    model = model_of(f"float[n, 3, {side}, {side}]", f"float[n, 3, {out}, {out}]", body)
    assert rewritten(model, pool_whole_windows) == [operator]
    graph = ir.serde.deserialize_model(model)
    pool_whole_windows(graph.graph)
    assert graph.graph[0].attributes["ceil_mode"].value == 0


@pytest.mark.parametrize("pads", [[0, 0, 0, 0, 0, 5, 0, 0], [0, 3, 0, 0, 0, 2, 0, 0]])
def test_new_channels_of_zeros_come_of_a_convolution_of_zeros_and_ones(pads: list[int]) -> None:
    model = model_of("float[n, 4, 3, 3]", "float[n, 9, 3, 3]", "y = Pad (x, pads)", pads=np.array(pads))
    assert rewritten(model, widen_by_convolution) == ["Conv"]


def test_padding_of_the_border_or_by_another_number_stays() -> None:
    border = model_of("float[n, 4, 3, 3]", "float[n, 4, 5, 5]", "y = Pad (x, pads)", pads=np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    assert rewritten(border, widen_by_convolution) == ["Pad"]
    weights = {"pads": np.array([0, 0, 0, 0, 0, 1, 0, 0]), "one": np.asarray(np.float32(1))}
    ones = model_of("float[n, 4, 3, 3]", "float[n, 5, 3, 3]", "y = Pad (x, pads, one)", **weights)
    assert rewritten(ones, widen_by_convolution) == ["Pad"]


@pytest.mark.parametrize(("padding", "operators"), [(0, ["Cast", "Conv"]), (1, ["Cast", "Sub", "Conv"])])
@pytest.mark.parametrize("bias", [True, False])
def test_normalisation_goes_into_the_convolution_up_to_the_mean_that_a_border_needs(padding: int, operators: list[str], bias: bool) -> None:
    side = 4 + 2 * padding
    last = ", bias" if bias else ""
    body = f"""p = Cast <to = 1> (x) s = Mul (p, scale) c = Add (shift, s)
    y = Conv <kernel_shape = [3, 3], pads = [{padding}, {padding}, {padding}, {padding}]> (c, kernel{last})"""
    weights = {"kernel": floats(5, 3, 3, 3), "scale": np.full((1, 3, 1, 1), 1 / 60, np.float32), "shift": floats(1, 3, 1, 1)}
    weights |= {"bias": floats(5)} if bias else {}
    assert rewritten(model_of("uint8[n, 3, 6, 6]", f"float[n, 5, {side}, {side}]", body, **weights), center_pixels) == operators


def test_normalised_pixels_that_others_read_stay() -> None:
    body = "p = Cast <to = 1> (x) s = Mul (p, scale) c = Add (s, shift) k = Conv <kernel_shape = [1, 1]> (c, kernel) y = Add (c, k)"
    weights = {"kernel": floats(3, 3, 1, 1), "scale": floats(1, 3, 1, 1), "shift": floats(1, 3, 1, 1)}
    assert rewritten(model_of("uint8[n, 3, 6, 6]", "float[n, 3, 6, 6]", body, **weights), center_pixels)[:3] == ["Cast", "Mul", "Add"]


@pytest.mark.parametrize("product", ["Mul (x, g)", "Mul (g, x)"])
def test_a_gate_is_spread_over_its_map(product: str) -> None:
    model = model_of("float[n, 4, 3, 5]", "float[n, 4, 3, 5]", f"g = GlobalAveragePool (x) y = {product}")
    assert rewritten(model, spread_gates) == ["GlobalAveragePool", "Resize", "Mul"]


def test_channels_are_filled_up_through_all_that_keeps_them_apart() -> None:
    body = """a = Conv <kernel_shape = [1, 1]> (x, w1, b1) r = Relu (a)
    d = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1], group = 6> (r, w2) s = Add (d, r) m = MaxPool <kernel_shape = [2, 2]> (s)
    y = Conv <kernel_shape = [1, 1]> (m, w3)"""
    weights = {"w1": floats(6, 3, 1, 1), "b1": floats(6), "w2": floats(6, 1, 3, 3), "w3": floats(4, 6, 1, 1)}
    model = model_of("float[n, 3, 4, 4]", "float[n, 4, 3, 3]", body, **weights)
    assert rewritten(model, pad_widths) == ["Conv", "Relu", "Conv", "Add", "MaxPool", "Conv"]
    graph = ir.serde.deserialize_model(model)
    pad_widths(graph.graph)
    shapes = [node.inputs[1].shape.numpy() for node in graph.graph if node.op_type == "Conv"]
    assert shapes == [(16, 3, 1, 1), (16, 1, 3, 3), (4, 16, 1, 1)]
    assert dict(graph.graph[2].attributes)["group"].value == 16


def test_channels_that_something_else_reads_are_not_filled_up() -> None:
    body = "a = Conv <kernel_shape = [1, 1]> (x, w1) f = Flatten <axis = 1> (a) s = Softmax <axis = 1> (f) y = Add (f, s)"
    graph = ir.serde.deserialize_model(model_of("float[n, 3, 2, 2]", "float[n, 24]", body, w1=floats(6, 3, 1, 1)))
    pad_widths(graph.graph)
    assert graph.graph[0].inputs[1].shape.numpy() == (6, 3, 1, 1)


BRANCHES = """a1 = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x, s1, c1) b1 = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x, s2, c2)
    a2 = Relu (a1) b2 = Relu (b1) a3 = Conv <kernel_shape = [1, 1]> (a2, p1) b3 = Conv <kernel_shape = [1, 1]> (b2, p2)
    a4 = Conv <kernel_shape = [3, 3], group = 16> (a3, d1) b4 = Conv <kernel_shape = [3, 3], group = 16> (b3, d2)
    a5 = GlobalAveragePool (a4) b5 = GlobalAveragePool (b4)
    a6 = Conv <kernel_shape = [1, 1]> (a5, h1, i1) b6 = Conv <kernel_shape = [1, 1]> (b5, h2, i2)
    a7 = Flatten <axis = 1> (a6) b7 = Flatten <axis = 1> (b6) """
ONE = ["Conv", "Relu", "Conv", "Conv", "GlobalAveragePool", "Conv", "Flatten"]


def weights_of_branches() -> dict[str, ndarray]:
    shapes = {"s": (16, 3, 3, 3), "c": (16,), "p": (16, 16, 1, 1), "d": (16, 1, 3, 3), "h": (5, 16, 1, 1), "i": (5,)}
    return {f"{name}{number}": floats(*shape) for name, shape in shapes.items() for number in (1, 2)}


@pytest.mark.parametrize(
    ("end", "width", "more"),
    [
        ("c = Concat <axis = 1> (a7, b7) y = Relu (c)", 10, ["Relu"]),
        ("y = Concat <axis = 1> (a7, b7)", 10, ["Split", "Concat"]),
        ("y = Concat <axis = 1> (b7, a7)", 10, ["Split", "Concat"]),
        ("y = Sub (a7, b7)", 5, ["Split", "Sub"]),
    ],
)
def test_two_branches_become_one_and_part_again_where_they_end(end: str, width: int, more: list[str]) -> None:
    model = model_of("float[n, 3, 6, 6]", f"float[n, {width}]", BRANCHES + end, **weights_of_branches())
    assert rewritten(model, stack_branches) == ONE + more


def test_branches_that_differ_before_their_maps_end_stay_apart() -> None:
    body = BRANCHES.replace("b2 = Relu (b1)", "b2 = Sigmoid (b1)") + "y = Sub (a7, b7)"
    model = model_of("float[n, 3, 6, 6]", "float[n, 5]", body, **weights_of_branches())
    assert rewritten(model, stack_branches).count("Conv") == 8
