"""reports/cost/MODEL.json: what one prediction of a model costs, independent of the machine."""

from lightcnn.artifacts.record import Count, Record


class Cost(Record):
    """reports/cost/MODEL.json, all of it for one image."""

    parameters: Count
    macs: Count
    weights_bytes: Count
    onnx_bytes: Count
    int8_bytes: Count
    peak_activation_bytes: Count
