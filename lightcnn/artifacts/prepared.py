"""data/prepared/: a data set decoded and split, and what is true of it as a whole."""

from pathlib import Path
from typing import NamedTuple

from jaxtyping import Int, UInt8
from numpy import ndarray
from pydantic import ValidationError

from lightcnn.core.arrays import read_arrays
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json


class Meta(StrictModel):
    """data/prepared/meta.json: what is true of a data set as a whole.

    `mean` and `std` are those of the training split, per channel, for pixels scaled to 0..1.
    """

    name: str
    classes: tuple[str, ...]
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    counts: dict[str, int]


class Arrays(NamedTuple):
    """One split as it lies on disk."""

    images: UInt8[ndarray, "image height width channel"]
    labels: Int[ndarray, "image"]


def read_meta(folder: Path) -> Meta:
    """meta.json of a prepared data set.

    Raises:
        UserError: where it is missing or not of this form.
    """
    try:
        return Meta.from_plain(read_json(folder / "meta.json"))
    except ValidationError:
        raise UserError(f"{folder / 'meta.json'}: not of this version; `dvc repro prepare` makes it anew") from None


def read_split(folder: Path, split: str) -> Arrays:
    """One prepared split: `train`, `valid` or `test`.

    Raises:
        UserError: where the file is missing, damaged, or another one.
    """
    path = folder / f"{split}.npz"
    arrays = read_arrays(path)
    try:
        return Arrays(arrays["images"], arrays["labels"])
    except KeyError as error:
        raise UserError(f"{path}: holds no {error}; `dvc repro prepare` makes it anew") from None
