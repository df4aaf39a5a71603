"""Count parameters, multiply-accumulates, and bytes of weights and activations."""

from math import prod

import onnx
import torch
from onnx import ModelProto
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lightcnn.core.types import Shape


def costs(trained: nn.Module, shipped: nn.Module, shape: Shape, exported: ModelProto) -> dict[str, int]:
    """All that is reported of a network, and of its ONNX form, at batch 1; of it as it was trained, its size.

    Args:
        trained: before anything is folded.
        shipped: with its foldable modules folded. Its BatchNorm still counts apart, as is usual; in ONNX it is part of the convolutions.
        shape: of the images and the logits.
        exported: `shipped` as ONNX.
    """
    parameters = count_parameters(shipped)
    return {
        "parameters": parameters,
        "training_parameters": count_parameters(trained),
        "macs": count_macs(shipped, shape),
        "weights_bytes": parameters * 4,
        "onnx_bytes": exported.ByteSize(),
        "peak_activation_bytes": peak_activation_bytes(exported),
    }


def count_nodes(running: ModelProto) -> dict[str, int]:
    """Nodes of a graph as ONNX Runtime runs it, and how many of them only move a map from one memory layout to another."""
    reorders = [node for node in running.graph.node if node.op_type in ("ReorderInput", "ReorderOutput")]
    return {"optimized_nodes": len(running.graph.node), "layout_reorders": len(reorders)}


def count_constants(exported: ModelProto) -> int:
    """Numbers of weights in a file: parameters, and the zeros and ones that its graph takes beside them, which nobody learnt."""
    floats = (weight for weight in exported.graph.initializer if weight.data_type == onnx.TensorProto.FLOAT)
    return sum(prod(weight.dims) for weight in floats)


def count_parameters(network: nn.Module) -> int:
    """Numbers that training can change; a shared one counts once."""
    return sum(parameter.numel() for parameter in network.parameters())


def count_macs(network: nn.Module, shape: Shape) -> int:
    """Multiply-accumulates of convolutions and matrix products for one image; biases and normalisation are not counted, as is usual."""
    images = torch.zeros(1, shape.channels, shape.size, shape.size)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.eval()(images)
    return counter.get_total_flops() // 2


def peak_activation_bytes(model: ModelProto) -> int:
    """The most bytes of tensors alive at once, for one image, when the nodes run in the order of the file.

    A tensor lives from the node that makes it to the last that reads it, the images from the start, the outputs to the end. Weights are
    not counted, and nothing is computed in place: what an engine that does needs is less.
    """
    sizes = activation_bytes(model)
    nodes = list(model.graph.node)
    last_use = {name: step for step, node in enumerate(nodes) for name in node.input}
    last_use |= {output.name: len(nodes) for output in model.graph.output}
    alive = {image.name for image in model.graph.input}
    peak = 0
    for step, node in enumerate(nodes):
        alive |= set(node.output)
        peak = max(peak, sum(sizes[name] for name in alive))
        alive = {name for name in alive if last_use.get(name, -1) > step}
    return peak


def activation_bytes(model: ModelProto) -> dict[str, int]:
    """Bytes of each tensor of a graph but its weights, for one image."""
    single = ModelProto()
    single.CopyFrom(model)
    del single.graph.value_info[:]
    for value in [*single.graph.input, *single.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(single, strict_mode=True, data_prop=True).graph
    return {value.name: tensor_bytes(value.type.tensor_type) for value in [*graph.input, *graph.value_info, *graph.output]}


def tensor_bytes(kind: onnx.TypeProto.Tensor) -> int:
    """Bytes of a tensor.

    Raises:
        ValueError: where its shape is open.
    """
    if not all(dim.HasField("dim_value") for dim in kind.shape.dim):
        raise ValueError("a tensor whose shape does not follow from the image's has no size")
    return prod(dim.dim_value for dim in kind.shape.dim) * onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).itemsize
