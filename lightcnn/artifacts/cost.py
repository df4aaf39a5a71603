"""reports/cost/MODEL.json: what one prediction of a model costs, independent of the machine."""

from lightcnn.artifacts.record import Record


class Cost(Record):
    """reports/cost/MODEL.json, all of it for one image."""

    parameters: int
    macs: int
    weights_bytes: int
    onnx_bytes: int
    int8_bytes: int
    peak_activation_bytes: int
