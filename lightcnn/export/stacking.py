"""Two branches of one form side by side in one net: each pair of nodes becomes one node on twice the channels.

source     grouped convolution, Krizhevsky et al. 2012, section 3.5; at these widths a node costs ONNX Runtime more than its arithmetic
differs    nothing: a convolution becomes one of two groups or, on a map of one pixel, one whose weights across the branches are zero
"""

from collections.abc import Iterator, Mapping

import numpy as np
import onnx_ir as ir
from numpy import ndarray

from lightcnn.export.graph import (
    array_of,
    attribute,
    constant,
    give_shape,
    is_depthwise,
    is_number,
    is_plain_convolution,
    sides,
    source_of,
    weight,
)

BLOCK = 16
"""Channels that ONNX Runtime keeps together (8 without AVX-512); a group of another width leaves its layout."""

BY_CHANNEL = {"Relu", "Sigmoid", "HardSigmoid", "HardSwish", "Clip", "Add", "Mul"}
BY_CHANNEL |= {"MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"}
"""Operators by which a channel depends on no other."""

Twins = dict[ir.Value, ir.Value]
Pairs = dict[ir.Node, ir.Node]


def stack_branches(graph: ir.Graph) -> None:
    """Stack two branches that read the same images, from their stems on; nothing, unless they stay alike until they are maps no more."""
    pairs = pairs_of(graph)
    twins = {first.outputs[0]: second.outputs[0] for first, second in pairs.items()}
    members = {*pairs.keys(), *pairs.values()}
    if any(is_map(value) and others(value, members) for pair in twins.items() for value in pair):
        return
    stacked: Twins = {}
    for first, second in pairs.items():
        node = joined(graph, first, second, stacked)
        graph.append(node)
        stacked[first.outputs[0]] = node.outputs[0]
    for value, twin in twins.items():
        part(graph, value, twin, stacked[value], members)
    graph.remove(members, safe=True)
    graph.sort()


def pairs_of(graph: ir.Graph) -> Pairs:
    """Of each node of the first branch the node of the second that does the same, in order; none, where the first convolution has no twin."""
    pairs: Pairs = {}
    twins: Twins = {}
    for first in graph:
        seconds = candidates(first, twins) if first not in pairs.values() else []
        second = next((node for node in seconds if node not in pairs.values() and are_alike(first, node, twins)), None)
        if second is not None:
            pairs[first], twins[first.outputs[0]] = second, second.outputs[0]
        elif first.op_type == "Conv" and not pairs:
            break
    return pairs


def candidates(first: ir.Node, twins: Twins) -> list[ir.Node]:
    """Nodes that may be the twin of `first`: at the beginning, others that read the same; later, what reads the twin of what it reads."""
    if not twins:
        return [node for node in source_of(first).consumers() if node is not first] if is_plain_convolution(first) else []
    sources = [twins[value] for value in first.inputs if value in twins]
    return list(sources[0].consumers()) if sources else []


def are_alike(first: ir.Node, second: ir.Node, twins: Twins) -> bool:
    """Whether two nodes do the same to values that are twins, with weights of their own, and can be stacked."""
    if form(first) != form(second) or first.outputs[0].is_graph_output() or second.outputs[0].is_graph_output():
        return False
    if first.op_type == "Conv":
        is_stem = not twins and first.inputs[0] is second.inputs[0]
        return is_stem or (twins.get(source_of(first)) is second.inputs[0] and fits(first))
    if first.op_type in BY_CHANNEL or (first.op_type == "Flatten" and attribute(first, "axis", 1) == 1):
        return all(is_twin_or_number(*values, twins) for values in zip(first.inputs, second.inputs, strict=True))
    return False


def form(node: ir.Node) -> object:
    """What two nodes alike have in common: all but names and the numbers in their weights."""
    shapes = [None if array is None else array.shape for array in map(constant, node.inputs)]
    return node.op_type, {name: found.value for name, found in node.attributes.items()}, shapes, sides(node.outputs[0])


def is_twin_or_number(first: ir.Value | None, second: ir.Value | None, twins: Twins) -> bool:
    """Whether two inputs are twins, or the same single number, or both left out."""
    if first is None or first in twins:
        return (None if first is None else twins[first]) is second
    return is_number(first) and is_number(second) and bool(constant(first) == constant(second))


def fits(convolution: ir.Node) -> bool:
    """Whether two of its kind side by side stay in the blocked layout, or work on one pixel, where zeros across the branches cost nothing."""
    if constant(convolution.inputs[1]) is None:
        return False
    is_of_one_group = attribute(convolution, "group", 1) == 1
    return has_whole_blocks(convolution) or is_depthwise(convolution) or (is_of_one_group and not is_map(convolution.outputs[0]))


def has_whole_blocks(convolution: ir.Node) -> bool:
    """Whether each group reads and gives a whole number of blocks."""
    kernel = array_of(convolution.inputs[1])
    return len(kernel) // attribute(convolution, "group", 1) % BLOCK == 0 == kernel.shape[1] % BLOCK


def is_map(value: ir.Value) -> bool:
    """Whether a channel is more than one number."""
    return len(sides(value)) == 3 and sides(value)[1:] != (1, 1)


def others(value: ir.Value, members: set[ir.Node]) -> list[ir.Node]:
    """Those that read it, but for members."""
    return [node for node in value.consumers() if node not in members]


def joined(graph: ir.Graph, first: ir.Node, second: ir.Node, stacked: Mapping[ir.Value, ir.Value]) -> ir.Node:
    """One node for two."""
    inputs = [value if value is None else stacked.get(value, value) for value in first.inputs]
    attributes = dict(first.attributes)
    if first.op_type == "Conv":
        group = attribute(first, "group", 1)
        is_dense = first.inputs[0] in stacked and group == 1 and not has_whole_blocks(first)
        inputs[1:] = [weight(graph, array) for array in weights(first, second, is_dense)]
        if first.inputs[0] in stacked and not is_dense:
            attributes["group"] = ir.AttrInt64("group", 2 * group)
    both = ir.Node("", first.op_type, inputs, attributes)
    width, *rest = sides(first.outputs[0])
    give_shape(both, first.outputs[0], 2 * width, *rest)
    return both


def weights(first: ir.Node, second: ir.Node, is_dense: bool) -> Iterator[ndarray]:
    """Kernels, then biases where there are any, one behind the other; of a dense kernel, with zeros from each one's channels to the other's."""
    for index, pair in enumerate(zip(first.inputs[1:], second.inputs[1:], strict=True)):
        upper, lower = map(array_of, pair)
        if is_dense and index == 0:
            upper, lower = np.concatenate([upper, 0 * upper], 1), np.concatenate([0 * lower, lower], 1)
        yield np.concatenate([upper, lower])


def part(graph: ir.Graph, value: ir.Value, twin: ir.Value, both: ir.Value, members: set[ir.Node]) -> None:
    """Give those outside who read one of two twins their half; who puts the halves together gets both as they are."""
    for user in others(value, members):
        puts_together = user.op_type == "Concat" and tuple(user.inputs) == (value, twin) and attribute(user, "axis") == 1
        if puts_together and not user.outputs[0].is_graph_output():
            user.outputs[0].replace_all_uses_with(both)
            graph.remove(user, safe=True)
    uses = [(half, use) for half, old in enumerate((value, twin)) for use in old.uses() if use.node not in members]
    if uses:
        halves = ir.node("Split", [both], {"axis": 1, "num_outputs": 2}, num_outputs=2)
        graph.append(halves)
        for half, use in uses:
            use.node.replace_input_with(use.idx, halves.outputs[half])
