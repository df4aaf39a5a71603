"""evaluation/MODEL.npz: logits, features and maps of a model, which the figures show."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Integer, UInt8
from numpy import ndarray

from lightcnn.artifacts.prepared import Meta
from lightcnn.core.arrays import read_arrays
from lightcnn.core.errors import UserError

GALLERY = ("gallery_indices", "gallery", "cams")
"""What a gallery is called in its file."""


class Gallery(NamedTuple):
    """Some test images: their rows in the split, and where in them the exported seed sees what it says (Grad-CAM, up to 255)."""

    rows: Integer[ndarray, "shown"]
    images: UInt8[ndarray, "shown height width channel"]
    cams: UInt8[ndarray, "shown rows columns"]


def read_evaluation(path: Path, seeds: int, data: Meta) -> dict[str, ndarray]:
    """Read the arrays of a model that was trained with so many seeds on this data.

    Raises:
        UserError: where the file is missing, damaged, or of another model.
    """
    arrays = read_arrays(path)
    if not _fits(arrays, seeds, data):
        raise UserError(f"{path}: does not fit the metrics or the classes beside it; delete it and `dvc repro` recreates it")
    return arrays


def _fits(arrays: dict[str, ndarray], seeds: int, data: Meta) -> bool:
    """Whether an evaluation is whole, of so many seeds, and of this data."""
    if not {"labels", "predictions", "logits", "features", "nll", "ece", *GALLERY} <= arrays.keys():
        return False
    images, classes = arrays["labels"].size, len(data.classes)
    shapes = {"labels": (images,), "predictions": (seeds, images), "logits": (images, classes), "nll": (seeds,), "ece": (seeds,)}
    if not images or any(arrays[key].shape != shape for key, shape in shapes.items()):
        return False
    ids = all(arrays[key].dtype.kind in "iu" and 0 <= arrays[key].min() <= arrays[key].max() < classes for key in ("labels", "predictions"))
    return bool(ids and _has_features(arrays["features"], images) and _has_gallery(arrays, data) and _is_finite(arrays))


def _is_finite(arrays: dict[str, ndarray]) -> bool:
    return all(arrays[key].dtype.kind == "f" and np.isfinite(arrays[key]).all() for key in ("logits", "nll", "ece"))


def _has_features(features: ndarray, images: int) -> bool:
    is_table = features.ndim == 2 and features.dtype.kind == "f" and 0 < len(features) <= images
    return bool(is_table and np.isfinite(features).all())


def _has_gallery(arrays: dict[str, ndarray], data: Meta) -> bool:
    rows, images, cams = (arrays[key] for key in GALLERY)
    shown, bytes_only = rows.size, images.dtype == cams.dtype == np.uint8
    shapes = (
        rows.shape == (shown,) and images.shape == (shown, data.size, data.size, data.channels) and cams.ndim == 3 and len(cams) == shown
    )
    return bool(shown and shapes and bytes_only and rows.dtype.kind in "iu" and 0 <= rows.min() <= rows.max() < arrays["labels"].size)
