"""ONNX Runtime as this project runs it: on the CPU, one operator at a time, with as many threads as one says. No torch."""

import os
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from lightcnn.core.errors import UserError

# Read when ONNX Runtime is loaded: without it, it writes an identifier of the machine below the user's home, and reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from onnxruntime import ExecutionMode, InferenceSession, SessionOptions


def open_session(model: Path | bytes, threads: int = 1) -> InferenceSession:
    """A session for a model, as a file or as its content; only errors are logged.

    Raises:
        UserError: where it is missing or no model.
    """
    options = SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # Of its own kind for each thing that can be wrong, and they share no other base.
        reason = str(error).splitlines()[0]
        raise UserError(f"{model if isinstance(model, Path) else 'model'}: not readable ({reason}); `dvc repro` makes it") from None


def logits_of(
    session: InferenceSession, images: UInt8[ndarray, "image height width channel"], batch_size: int = 1000
) -> Float[ndarray, "image classes"]:
    """What an exported model says of each image."""
    batches = (images[start : start + batch_size].transpose(0, 3, 1, 2) for start in range(0, len(images), batch_size))
    return np.concatenate([session.run(["logits"], {"images": batch})[0] for batch in batches])
