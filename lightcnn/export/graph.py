"""Helpers of the rewrites of an ONNX graph."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy import ndarray
from onnx import ModelProto
from onnx_ir.convenience import get_const_tensor, replace_nodes_and_values

IR_VERSION = 8
"""Of the files: the one that came with operator set 18."""


def nodes_of(graph: ir.Graph, *operators: str) -> Iterator[ir.Node]:
    """The nodes of these operators that the graph has now, in order; it may be rewritten meanwhile."""
    yield from [node for node in graph if node.op_type in operators]


def constant(value: ir.Value | None) -> ndarray | None:
    """The array that a value always is, or nothing where it depends on the images."""
    tensor = None if value is None else get_const_tensor(value)
    return None if tensor is None else np.asarray(tensor.numpy())


def array_of(value: ir.Value | None) -> ndarray:
    """The array of a value that is known to be a constant."""
    array = constant(value)
    assert array is not None
    return array


def source_of(node: ir.Node) -> ir.Value:
    """What a node works on: its first input."""
    assert node.inputs[0] is not None
    return node.inputs[0]


def is_number(value: ir.Value | None) -> bool:
    """Whether it is always the same single number."""
    array = constant(value)
    return array is not None and array.size == 1


def weight(graph: ir.Graph, array: ndarray) -> ir.Value:
    """A new constant of the graph."""
    name = next(name for name in map("constant_{}".format, count()) if name not in graph.initializers)
    value = ir.val(name, const_value=ir.tensor(np.ascontiguousarray(array), name=name))
    graph.register_initializer(value)
    return value


def sides(value: ir.Value | None) -> tuple[int, ...]:
    """The sizes of a value but the first, which is the batch's; empty where one is not known."""
    found = [] if value is None or value.shape is None else list(value.shape)[1:]
    known = [side for side in found if isinstance(side, int)]
    return tuple(known) if len(known) == len(found) else ()


def attribute(node: ir.Node, name: str, default: Any = None) -> Any:
    """What an attribute says."""
    return node.attributes[name].value if name in node.attributes else default


def is_depthwise(convolution: ir.Node) -> bool:
    """Whether each channel that comes out is made of one that goes in, and there are as many of both."""
    kernel = constant(convolution.inputs[1])
    return kernel is not None and kernel.shape[1] == 1 and attribute(convolution, "group", 1) == len(kernel)


def is_plain_convolution(node: ir.Node) -> bool:
    """Whether it is a convolution of one group, with weights that are known."""
    return node.op_type == "Conv" and attribute(node, "group", 1) == 1 and constant(node.inputs[1]) is not None


def give_shape(node: ir.Node, like: ir.Value, *sides: int) -> None:
    """Note that what a node gives is of these sizes, and of the type and the batch of another value."""
    batch = [] if like.shape is None else [like.shape[0]]
    node.outputs[0].type, node.outputs[0].shape = like.type, ir.Shape([*batch, *sides])


def substitute(old: ir.Node, *new: ir.Node) -> None:
    """Put a chain of nodes where `old` was; the last gives what it gave."""
    assert old.graph is not None
    replace_nodes_and_values(old.graph, old, [old], new, old.outputs, new[-1].outputs)


def shorten(model: ModelProto) -> None:
    """Number the tensors and leave nodes without a name: with their names the file is up to twice as large.

    Of shapes only those stay that do not follow from the nodes: a Resize is not known to keep the batch, and ONNX Runtime has to know.
    """
    graph = model.graph
    numbers = {value.name: value.name for value in (*graph.input, *graph.output)} | {"": ""}
    for node in graph.node:
        node.ClearField("name")
        for names in (node.input, node.output):
            names[:] = [numbers.setdefault(name, str(len(numbers))) for name in names]
    spread = {node.output[0] for node in graph.node if node.op_type == "Resize"}
    shapes = [value for value in graph.value_info if numbers.get(value.name) in spread]
    for value in (*graph.initializer, *shapes):
        value.name = numbers[value.name]
    graph.ClearField("value_info")
    graph.value_info.extend(shapes)
