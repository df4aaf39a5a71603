"""Maps of few channels filled up with channels of zeros, as ONNX Runtime's blocked layout wants them.

source     onnxruntime/core/optimizer/nchwc_transformer.cc: a map of less than a block of channels, or of a number that four does not divide,
           is read in the plain layout only; pooled is a whole number of blocks
differs    nothing: weights that read the new channels are zero
"""

import numpy as np
import onnx_ir as ir

from lightcnn.export.graph import array_of, constant, is_depthwise, is_number, is_plain_convolution, nodes_of, sides, source_of, weight
from lightcnn.export.stacking import BLOCK, BY_CHANNEL


def pad_widths(graph: ir.Graph) -> None:
    """Widen what convolutions hand to convolutions as far as the layout wants it, where that reaches no further."""
    for node in nodes_of(graph, "Conv"):
        width = sides(node.outputs[0])[0]
        tied = tied_to(node.outputs[0])
        unit = BLOCK if width < BLOCK or is_pooled(tied) else 4
        wanted = -(-width // unit) * unit
        for convolution in nodes_of(graph, "Conv") if wanted > width else ():
            widen(graph, convolution, wanted, tied)
        for value in tied:
            assert value.shape is not None
            value.shape = ir.Shape([value.shape[0], wanted, *value.shape[2:]])


def is_pooled(values: list[ir.Value]) -> bool:
    """Whether one of them is pooled, which takes whole blocks only."""
    return any(node.op_type.endswith("Pool") for value in values for node in value.consumers())


def tied_to(start: ir.Value) -> list[ir.Value]:
    """All values that have to be as wide as this one; none, where one of them is read by what cannot be widened."""
    found: list[ir.Value] = []
    waiting = [start]
    while waiting:
        value = waiting.pop()
        further = neighbours(value)
        if further is None or sides(value)[0] != sides(start)[0]:
            return []
        found.append(value)
        waiting += [other for other in further if other not in found and other not in waiting]
    return found


def neighbours(value: ir.Value) -> list[ir.Value] | None:
    """The values that are as wide as this one because a node says so; nothing, where it cannot be widened."""
    further: list[ir.Value] = []
    for node in (value.producer(), *value.consumers()):
        if node is None or value.is_graph_output():
            return None
        if node.op_type == "Conv" and is_depthwise(node):
            further += [source_of(node), *node.outputs]
        elif node.op_type in BY_CHANNEL and all(constant(other) is None or is_number(other) for other in node.inputs):
            further += [*(other for other in node.inputs if other is not None and constant(other) is None), *node.outputs]
        elif not is_plain_convolution(node):
            return None
    return further


def widen(graph: ir.Graph, convolution: ir.Node, wanted: int, tied: list[ir.Value]) -> None:
    """Fill the weights of a convolution up with zeros, as far as it gives or reads a tied value."""
    out, deep = (wanted - sides(value)[0] if value in tied else 0 for value in (convolution.outputs[0], convolution.inputs[0]))
    if is_depthwise(convolution) and out:
        convolution.attributes["group"], deep = ir.AttrInt64("group", wanted), 0
    padding = [(0, out), (0, deep), (0, 0), (0, 0)]
    for index, value in enumerate(convolution.inputs[1:] if out or deep else (), 1):
        array = array_of(value)
        convolution.replace_input_with(index, weight(graph, np.pad(array, padding[: array.ndim])))
