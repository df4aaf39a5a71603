"""The folder of a model in miniature: it names the colour that there is most of."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx

COLOURS = ("red", "green", "blue")
BRIGHTEST = """
    <ir_version: 8, opset_import: ["" : 18]>
    brightest (uint8[batch, CHANNELS, SIZE, SIZE] images) => (float[batch, channel] logits)
    {
        pixels = Cast <to = 1> (images)
        pooled = GlobalAveragePool (pixels)
        means = Flatten (pooled)
        share = Constant <value_float = 0.01> ()
        logits = Mul (means, share)
    }
"""


def write(folder: Path, size: int = 8, labels: tuple[str, ...] = COLOURS, facts: dict[str, Any] | None = None) -> Path:
    """Write a model whose logits are the means of the channels, over 100."""
    folder.mkdir(parents=True, exist_ok=True)
    text = BRIGHTEST.replace("CHANNELS", str(len(labels))).replace("SIZE", str(size))
    model = onnx.parser.parse_model(text)
    onnx.helper.set_model_props(model, {"labels": json.dumps(labels), "preprocessing": "as it is tested"})
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    if facts is not None:
        (folder / "model.json").write_text(json.dumps(facts))
    return folder


def probabilities(means: list[float], temperature: float = 1) -> list[float]:
    """What such a model says of an image with these means, by the definition of softmax."""
    powers = [np.exp(mean / 100 / temperature) for mean in means]
    return [power / sum(powers) for power in powers]
