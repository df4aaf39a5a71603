"""ONNX Runtime as this project runs it: on the CPU, one operator at a time, with as many threads as one says. No torch."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from jaxtyping import Float, UInt8
from numpy import ndarray
from onnx import ModelProto

from lightcnn.core.errors import UserError

# Read when ONNX Runtime is loaded: without it, it writes an identifier of the machine below the user's home, and reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from onnxruntime import ExecutionMode, InferenceSession, SessionOptions

BATCH_BYTES = 1000 * 3 * 32 * 32
"""Pixels that go through a network at once: a thousand images of CIFAR-10, twenty of 224 pixels."""


def open_session(model: Path | bytes, threads: int = 1, optimized: Path | None = None) -> InferenceSession:
    """A session for a model, as a file or as its content; only errors are logged. The graph that it runs is written to `optimized`.

    Raises:
        UserError: where it is missing or no model.
    """
    options = SessionOptions()
    if optimized is not None:
        options.optimized_model_filepath = str(optimized)
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # Of its own kind for each thing that can be wrong, and they share no other base.
        reason = str(error).splitlines()[0]
        raise UserError(f"{model if isinstance(model, Path) else 'model'}: not readable ({reason}); `dvc repro` makes it") from None


def optimized(model: bytes) -> ModelProto:
    """The graph that ONNX Runtime makes of a model on this processor, which is the one that it runs."""
    with TemporaryDirectory() as scratch:
        file = Path(scratch, "model.onnx")
        open_session(model, optimized=file)
        return onnx.load(file)


def batch_size_of(images: UInt8[ndarray, "image height width channel"], limit: int = BATCH_BYTES) -> int:
    """How many images have `limit` bytes of pixels; at least one."""
    return max(1, limit // max(1, images[:1].nbytes))


def logits_of(
    session: InferenceSession, images: UInt8[ndarray, "image height width channel"], batch_size: int | None = None
) -> Float[ndarray, "image classes"]:
    """What an exported model says of each image; where nothing else is said, in batches of `BATCH_BYTES`."""
    size = batch_size or batch_size_of(images)
    batches = (images[start : start + size].transpose(0, 3, 1, 2) for start in range(0, len(images), size))
    return np.concatenate([session.run(["logits"], {"images": batch})[0] for batch in batches])
