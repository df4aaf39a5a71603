"""ONNX, fp32: one file that takes raw pixels and gives logits, the same bytes wherever it is made.

source     https://onnx.ai, operator set 18 in files of version 8, which ONNX Runtime opens since 1.14, written by torch.onnx, which folds
           each BatchNorm into the convolution before it; operator set 18 is the lowest that it writes by itself
differs    what the exporter notes of the machine (paths, stack traces, its build) is taken out again, names of tensors become numbers, and
           the graph is rewritten for ONNX Runtime: the same function, with other nodes and some weights that are fixed zeros and ones
cost       1 s an export, 4 s more for the first of a process
"""

import copy
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

import onnx
import onnx_ir as ir
import torch
from onnx import ModelProto
from onnx_ir.passes.common import RemoveUnusedNodesPass
from torch import nn

from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.export.graph import IR_VERSION, shorten
from lightcnn.export.padding import pad_widths
from lightcnn.export.rewrites import center_pixels, flatten, pool_globally, pool_whole_windows, spread_gates, widen_by_convolution
from lightcnn.export.stacking import stack_branches
from lightcnn.prediction.preprocessing import describe

OPSET = 18
REWRITES = (flatten, pool_globally, pool_whole_windows, widen_by_convolution, center_pixels, pad_widths, stack_branches, spread_gates)
"""In this order: only branches that are wide enough stand side by side, and gates are spread when all else stands."""

INPUT = "`images` are these pixels, uint8 0..255, [batch channel height width]; normalisation is inside"


def to_onnx(network: nn.Module, normalise: Normalize, shape: Shape, classes: Sequence[str]) -> ModelProto:
    """Export a network with its normalisation: input `images` (uint8, any batch size), output `logits`.

    The labels (JSON, key `labels`) and what to do with an image beforehand (key `preprocessing`) are in the model's metadata.
    """
    # A batch of two: the exporter would take a batch of one for a constant.
    example = torch.zeros(2, shape.channels, shape.size, shape.size, dtype=torch.uint8)
    program = torch.onnx.export(
        copy.deepcopy(nn.Sequential(OrderedDict(normalise=normalise, network=network))).eval(),
        (example,),
        input_names=["images"],
        output_names=["logits"],
        opset_version=OPSET,
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        external_data=False,
        verbose=False,
    )
    model = rewritten(cast(torch.onnx.ONNXProgram, program).model)
    forget(model)
    shorten(model)
    onnx.helper.set_model_props(
        model, {"labels": json.dumps(list(classes)), "preprocessing": f"{describe(shape.channels, shape.size)}; {INPUT}"}
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def rewritten(model: ir.Model) -> ModelProto:
    """The exported model, which is used up, after all rewrites."""
    for rewrite in REWRITES:
        rewrite(model.graph)
        RemoveUnusedNodesPass()(model)
    model.ir_version = IR_VERSION
    return ir.serde.serialize_model(model)


def forget(model: ModelProto) -> None:
    """Clear what the exporter notes of itself, its machine and the source files: no part of the computation."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.producer_name, model.producer_version = "lightcnn", ""
