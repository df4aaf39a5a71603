"""Run ONNX Runtime on the CPU with a given number of threads. No torch."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from jaxtyping import Float, UInt8
from numpy import ndarray
from onnx import ModelProto

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.errors import UserError

# Read when ONNX Runtime is loaded: without it, it writes an identifier of the machine below the user's home, and reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from onnxruntime import ExecutionMode, InferenceSession, SessionOptions


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


def open_classifier(file: Path, threads: int = 1) -> InferenceSession:
    """A session for an exported file.

    Raises:
        UserError: where it is missing, no model, or one with another input or output than `to_onnx` gives it.
    """
    session = open_session(file, threads)
    if not _is_classifier(session):
        raise UserError(f"{file}: not a model of this project (`images` in, `logits` out); delete it and `dvc repro` makes it")
    return session


def _is_classifier(session: InferenceSession) -> bool:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    names = [(value.name, value.type, len(value.shape)) for value in (*inputs, *outputs)]
    sides = inputs[0].shape[1:] if inputs else []
    return names == [("images", "tensor(uint8)", 4), ("logits", "tensor(float)", 2)] and all(isinstance(side, int) for side in sides)


def scored(file: Path, images: UInt8[ndarray, "image height width channel"], classes: int) -> Float[ndarray, "image classes"]:
    """What an exported file says of each image.

    Raises:
        UserError: where it is missing or damaged, is for other images or classes, or gives what is no number.
    """
    session = open_classifier(file)
    channels, height, width = session.get_inputs()[0].shape[1:]
    if images.shape[1:] != (height, width, channels):
        raise UserError(f"{file}: for images of {height} x {width} x {channels}; delete it and `dvc repro` recreates it")
    logits = logits_of(session, images)
    if logits.shape[1] != classes or not np.isfinite(logits).all():
        raise UserError(
            f"{file}: gives {logits.shape[1]} logits for {classes} classes, or some that are not finite; delete it and `dvc repro` recreates it"
        )
    return logits


def logits_of(
    session: InferenceSession, images: UInt8[ndarray, "image height width channel"], batch_size: int | None = None
) -> Float[ndarray, "image classes"]:
    """What an exported model says of each image; without a `batch_size`, as many at a time as there is memory for."""
    batch_size = batch_size or images_at_a_time(images.shape)
    batches = (images[start : start + batch_size].transpose(0, 3, 1, 2) for start in range(0, len(images), batch_size))
    return np.concatenate([session.run(["logits"], {"images": batch})[0] for batch in batches])
