"""reports/cost/MODEL.json: parameters, multiply-accumulates and bytes of a model, independent of the machine."""

from lightcnn.artifacts.record import Count, Record


class Cost(Record):
    """reports/cost/MODEL.json, all of it for one image. What older revisions did not count is None there.

    `onnx_weights` are the numbers in the ONNX file, fixed zeros and ones among them; `optimized_nodes` is what ONNX Runtime makes of
    its graph, and `layout_reorders` how many of those only move a map from one memory layout to another.
    """

    parameters: Count
    macs: Count
    weights_bytes: Count
    onnx_bytes: Count
    int8_bytes: Count
    peak_activation_bytes: Count
    onnx_weights: Count | None = None
    optimized_nodes: Count | None = None
    layout_reorders: Count | None = None
