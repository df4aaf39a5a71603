"""evaluation/MODEL.npz: the arrays that figures are drawn from."""

from pathlib import Path
from typing import NamedTuple

from jaxtyping import Integer, UInt8
from numpy import ndarray

from lightcnn.core.arrays import read_arrays
from lightcnn.core.errors import UserError

GALLERY = ("gallery_indices", "gallery", "cams")
"""What a gallery is called in its file."""


class Gallery(NamedTuple):
    """Some test images: their rows in the split, and where in them the exported seed sees what it says (Grad-CAM, up to 255)."""

    rows: Integer[ndarray, "shown"]
    images: UInt8[ndarray, "shown height width channel"]
    cams: UInt8[ndarray, "shown rows columns"]


def read_evaluation(path: Path, seeds: int, classes: int) -> dict[str, ndarray]:
    """Read the arrays of a model that was trained with so many seeds to tell so many classes apart.

    Raises:
        UserError: where the file is missing, damaged, or of another model.
    """
    arrays = read_arrays(path)
    if not _fits(arrays, seeds, classes):
        raise UserError(f"{path}: does not fit the metrics or the classes beside it; delete it and `dvc repro` makes it anew")
    return arrays


def _fits(arrays: dict[str, ndarray], seeds: int, classes: int) -> bool:
    """Whether an evaluation is whole, and of so many seeds and classes."""
    if not {"labels", "predictions", "logits", "features", *GALLERY} <= arrays.keys():
        return False
    labels, predictions, logits = (arrays[key] for key in ("labels", "predictions", "logits"))
    shapes = predictions.shape == (seeds, labels.size) and logits.shape == (labels.size, classes)
    return bool(shapes and labels.size and max(labels.max(), predictions.max()) < classes)
