"""ONNX, int8: the fp32 file with weights and activations of eight bits, calibrated on training images.

source     static quantization of onnxruntime.quantization, in standard ONNX (QuantizeLinear, DequantizeLinear); Jacob et al. 2018, arXiv:1712.05877
differs    a weight has a scale for each output channel and no offset, an activation one scale between the extremes that calibration saw;
           normalisation stays fp32. All eight bits of a weight are used: on x86 without VNNI (most built before 2019) sums may saturate.
           Seven bits cannot, but cost up to 0.2 points of validation accuracy more; entropy and percentiles gained nothing over extremes
cost       1 to 5 s an export; the bytes are the same on the same machine
"""

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
from jaxtyping import UInt8
from numpy import ndarray
from onnx import ModelProto, numpy_helper

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.files import atomic_write
from lightcnn.export import ort  # noqa: F401 - ahead of ONNX Runtime, which it keeps from writing home
from lightcnn.export.graph import IR_VERSION, shorten

# isort: split
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

CALIBRATION_IMAGES = 512
IMAGES_AT_ONCE = 32
"""Of these, of 32 x 32 pixels: every activation of a batch is kept at once. The extremes, and so the file, are those of all in one."""


class Calibration(CalibrationDataReader):
    """Some images of a split, evenly spread over it, in batches."""

    def __init__(self, images: UInt8[ndarray, "image height width channel"]) -> None:
        chosen = images[:: -(-len(images) // CALIBRATION_IMAGES)]
        size = images_at_a_time(images.shape, IMAGES_AT_ONCE, CALIBRATION_IMAGES)
        self.batches = ({"images": chosen[start : start + size].transpose(0, 3, 1, 2)} for start in range(0, len(chosen), size))

    def get_next(self) -> Mapping[str, ndarray] | None:
        """A batch, after the last nothing."""
        return next(self.batches, None)


def to_int8(model: ModelProto, images: UInt8[ndarray, "image height width channel"]) -> ModelProto:
    """Quantize an exported model; input, output and metadata stay what they are.

    Args:
        model: as `to_onnx` gives it, with BatchNorm folded; it is not changed.
        images: of the training split, to calibrate on.
    """
    source = ModelProto()
    source.CopyFrom(model)
    multiply_by_pixel(source)
    source = swap_relu_and_pool(source)
    for number, node in enumerate(source.graph.node):
        node.name = str(number)
    add_pre_process_metadata(source)  # folded and of known shapes: there is nothing to prepare
    normalisation = [node.name for node in takewhile(lambda node: node.op_type != "Conv", source.graph.node)]
    with TemporaryDirectory() as scratch:
        path = Path(scratch, "model.onnx")
        with atomic_write(path) as part:  # a full disk then names the file
            quantize_static(
                source,
                part,
                Calibration(images),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=normalisation,
            )
        quantized = onnx.load(path)
    shorten(quantized)
    quantized.ir_version = IR_VERSION
    quantized.producer_name, quantized.producer_version = model.producer_name, model.producer_version
    onnx.helper.set_model_props(quantized, {entry.key: entry.value for entry in model.metadata_props})
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def swap_relu_and_pool(model: ModelProto) -> ModelProto:
    """A copy in which a ReLU that follows a maximum comes before it, which says the same.

    Beside its convolution it costs nothing, and spares the pooled numbers a scale of their own.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    readers = {name: [node for node in copy.graph.node if name in node.input] for name in (n.output[0] for n in copy.graph.node)}
    for pool in copy.graph.node:
        if pool.op_type == "MaxPool" and [node.op_type for node in readers[pool.output[0]]] == ["Relu"]:
            (relu,) = readers[pool.output[0]]
            relu.attribute.extend(pool.attribute)
            del pool.attribute[:]
            pool.op_type, relu.op_type = "Relu", "MaxPool"
    del copy.graph.value_info[:]  # what lay between them has another shape
    return copy


def multiply_by_pixel(model: ModelProto) -> None:
    """Take out what spreads a gate of one pixel over its map: in eight bits the product of such two is quicker, and rounds once less."""
    graph = model.graph
    weights = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    sides = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim[2:]] for value in graph.value_info}
    spreads = [node for node in graph.node if node.op_type == "Resize" and [*weights[node.input[2]][2:]] == sides.get(node.output[0])]
    pixels = {spread.output[0]: spread.input[0] for spread in spreads}
    for spread in spreads:
        graph.node.remove(spread)
    for node in graph.node:
        node.input[:] = [pixels.get(name, name) for name in node.input]
    used = {name for node in graph.node for name in node.input}
    for weight in [weight for weight in graph.initializer if weight.name not in used]:
        graph.initializer.remove(weight)
