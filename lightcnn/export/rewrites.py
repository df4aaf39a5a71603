"""Rewrites of single spots of an ONNX graph: the same function in operators that ONNX Runtime computes in its blocked layout.

source     onnxruntime/core/optimizer/nchwc_transformer.cc: any other operator between two convolutions costs a reorder of the map each way
differs    nothing: sums run in another order, and that is all
"""

import numpy as np
import onnx_ir as ir
from numpy import ndarray

from lightcnn.export.graph import (
    array_of,
    attribute,
    constant,
    give_shape,
    is_plain_convolution,
    nodes_of,
    sides,
    source_of,
    substitute,
    weight,
)

POOLS = {"ReduceMean": "GlobalAveragePool", "ReduceMax": "GlobalMaxPool", "ReduceSum": "GlobalAveragePool"}
NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def flatten(graph: ir.Graph) -> None:
    """A reshape of each image's numbers to a row by Flatten, which keeps them by channel whatever their count."""
    for node in nodes_of(graph, "Reshape"):
        before, after = sides(node.inputs[0]), sides(node.outputs[0])
        if before and after == (np.prod(before, dtype=int),):
            substitute(node, ir.node("Flatten", [node.inputs[0]], {"axis": 1}))


def pool_globally(graph: ir.Graph) -> None:
    """Means and maxima over the whole map by the operators made for them; so is a sum whose product with a constant is the mean."""
    for node in nodes_of(graph, *POOLS):
        last = product_that_is_mean(node) if node.op_type == "ReduceSum" else node
        if last is None or not is_over_the_map(node):
            continue
        pool = ir.node(POOLS[node.op_type], [node.inputs[0]])
        give_shape(pool, source_of(node), sides(node.inputs[0])[0], 1, 1)
        substitute(last, *([pool] if attribute(node, "keepdims", 1) else [pool, ir.node("Flatten", pool.outputs, {"axis": 1})]))


def is_over_the_map(reduction: ir.Node) -> bool:
    """Whether it reduces height and width and nothing else."""
    axes = constant(reduction.inputs[1]) if len(reduction.inputs) > 1 else None
    return axes is not None and len(sides(reduction.inputs[0])) == 3 and sorted(axes % 4) == [2, 3]


def product_that_is_mean(total: ir.Node) -> ir.Node | None:
    """What multiplies a sum over a map by one over its pixels, if nothing else reads the sum."""
    users, pixels = list(total.outputs[0].consumers()), np.prod(sides(total.inputs[0])[1:])
    factors = [constant(value) for value in users[0].inputs] if len(users) == 1 and users[0].op_type == "Mul" else []
    return users[0] if any(factor is not None and np.allclose(factor * pixels, 1, rtol=1e-6) for factor in factors) else None


def pool_whole_windows(graph: ir.Graph) -> None:
    """No rounding up of a pooled side: what the last window lacks is padding, which no window counts."""
    for node in nodes_of(graph, "AveragePool", "MaxPool"):
        side, kernel = np.array(sides(node.inputs[0])[1:]), np.array(attribute(node, "kernel_shape"))
        if attribute(node, "ceil_mode", 0) and len(side) == 2 and not np.any(attribute(node, "pads", (0,))):
            missing = (kernel - side) % np.array(attribute(node, "strides", (1, 1)))
            node.attributes.update({"ceil_mode": ir.AttrInt64("ceil_mode", 0), "pads": ir.AttrInt64s("pads", [0, 0, *missing])})
            if node.op_type == "AveragePool":
                node.attributes["count_include_pad"] = ir.AttrInt64("count_include_pad", 0)


def widen_by_convolution(graph: ir.Graph) -> None:
    """Channels of zeros beside a map's own by a fixed 1x1 convolution of zeros and ones."""
    for node in nodes_of(graph, "Pad"):
        before, after, pads = sides(node.inputs[0]), sides(node.outputs[0]), constant(node.inputs[1])
        if pads is not None and len(before) == 3 and pads.shape == (8,) and is_of_channels(pads) and fills_with_zeros(node):
            kernel = np.eye(after[0], before[0], -pads[1], dtype=np.float32)[..., None, None]
            convolution = ir.node("Conv", [node.inputs[0], weight(graph, kernel)], {"kernel_shape": [1, 1], "group": 1})
            substitute(node, convolution)


def is_of_channels(pads: ndarray) -> bool:
    """Whether padding that is given as Pad takes it adds channels and nothing else."""
    return pads.min() >= 0 and not np.delete(pads, [1, 5]).any()


def fills_with_zeros(pad: ir.Node) -> bool:
    """Whether what it adds is zero."""
    is_zero = len(pad.inputs) < 3 or pad.inputs[2] is None or not np.any(constant(pad.inputs[2]))
    return is_zero and attribute(pad, "mode", "constant") == "constant"


def center_pixels(graph: ir.Graph) -> None:
    """Normalisation that only convolutions read goes into them: its factors into the weights, its shift into the bias.

    Where a convolution pads, the shift stays, as a subtraction of the mean pixel: a border of zeros is one of mean pixels so, as it was.
    """
    for cast in nodes_of(graph, "Cast"):
        scaled = only_user(cast, "Mul")
        shifted = scaled and only_user(scaled, "Add")
        if scaled is None or shifted is None or not all(map(is_plain_convolution, shifted.outputs[0].consumers())):
            continue
        scale, shift = (by_channel(node, sides(cast.outputs[0])[0]) for node in (scaled, shifted))
        if any(np.any(attribute(reader, "pads", (0,))) for reader in shifted.outputs[0].consumers()):
            mean = weight(graph, (-shift / scale).astype(np.float32)[:, None, None])
            centered, shift = ir.node("Sub", [cast.outputs[0], mean]), 0 * shift
            shifted.append(centered)
            pixels = centered.outputs[0]
        else:
            pixels = cast.outputs[0]
        for reader in list(shifted.outputs[0].consumers()):
            read_pixels(graph, reader, pixels, scale, shift)


def only_user(node: ir.Node, operator: str) -> ir.Node | None:
    """The one node that reads what this gives, where it is of this operator and has a constant of one number a channel beside it."""
    users = list(node.outputs[0].consumers())
    width = sides(node.outputs[0])[:1]
    if len(users) != 1 or users[0].op_type != operator or len(width) == 0:
        return None
    return users[0] if any(array is not None and array.size == width[0] for array in map(constant, users[0].inputs)) else None


def by_channel(node: ir.Node, width: int) -> ndarray:
    """The numbers that a node applies to each channel."""
    return next(array for array in map(constant, node.inputs) if array is not None).reshape(width).astype(np.float64)


def read_pixels(graph: ir.Graph, convolution: ir.Node, pixels: ir.Value, scale: ndarray, shift: ndarray) -> None:
    """Have a convolution of `pixels` x scale + shift read the pixels themselves."""
    kernel = array_of(convolution.inputs[1]).astype(np.float64)
    bias = array_of(convolution.inputs[2]) if len(convolution.inputs) > 2 else np.zeros(len(kernel))
    bias = bias + (kernel * shift[:, None, None]).sum((1, 2, 3))
    arrays = [kernel * scale[:, None, None], bias]
    inputs = [pixels, *(weight(graph, array.astype(np.float32)) for array in arrays)]
    substitute(convolution, ir.Node("", "Conv", inputs, dict(convolution.attributes)))


def spread_gates(graph: ir.Graph) -> None:
    """The factor of each channel of a map spread over it by nearest neighbours before the product, which then is of equals."""
    for node in nodes_of(graph, "Mul"):
        large = sides(node.outputs[0])
        for position, gate in enumerate(tuple(node.inputs)):
            if len(large) == 3 and sides(gate) == (large[0], 1, 1) != large and constant(gate) is None:
                scales = weight(graph, np.array([1, 1, *large[1:]], np.float32))
                spread = ir.node("Resize", [gate, None, scales], NEAREST)
                give_shape(spread, node.outputs[0], *large)
                node.prepend(spread)
                node.replace_input_with(position, spread.outputs[0])
