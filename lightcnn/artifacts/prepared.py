"""data/prepared/: a decoded and split data set, and its statistics."""

from pathlib import Path
from typing import Annotated, NamedTuple, Self

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray
from pydantic import Field, ValidationError, model_validator

from lightcnn.core.arrays import read_arrays
from lightcnn.core.config import Fraction, StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json

Form = tuple[int, int, int]
"""Channels, pixels a side, classes."""


class Meta(StrictModel):
    """data/prepared/meta.json: what is true of a data set as a whole.

    `mean` and `std` are those of the training split, per channel, for pixels scaled to 0..1.
    """

    name: str
    classes: tuple[str, ...] = Field(min_length=1)
    channels: int = Field(ge=1)
    size: int = Field(ge=1)
    mean: tuple[Fraction, ...]
    std: tuple[Fraction, ...]
    counts: dict[str, Annotated[int, Field(ge=1)]]

    @property
    def form(self) -> Form:
        """What every split has to be like."""
        return self.channels, self.size, len(self.classes)

    @model_validator(mode="after")
    def _has_statistics_of_each_channel(self) -> Self:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError("expected a mean and a deviation for each channel")
        return self


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
        raise UserError(f"{folder / 'meta.json'}: not of this version; `dvc repro prepare` recreates it") from None


def read_split(folder: Path, split: str, form: Form | None = None, count: int | None = None) -> Arrays:
    """One prepared split: `train`, `valid` or `test`.

    Args:
        folder: of the prepared data set.
        split: its name.
        form: channels, size and number of classes that it has to have, as meta.json or a run says; None where neither is at hand.
        count: of its images, likewise.

    Raises:
        UserError: where the file is missing, damaged, another one, or lacks classes: all are wanted in `train`, two at least elsewhere.
    """
    path = folder / f"{split}.npz"
    arrays = read_labelled(path)
    problem = wrong_with_split(arrays, form, count, split == "train")
    if problem:
        raise UserError(f"{path}: {problem}; `dvc repro prepare` recreates it")
    return arrays


def read_labelled(path: Path) -> Arrays:
    """Read images and their labels.

    Raises:
        UserError: where the file is missing, damaged, or another one.
    """
    arrays = read_arrays(path)
    try:
        return Arrays(arrays["images"], arrays["labels"])
    except KeyError as error:
        raise UserError(f"{path}: holds no {error}; `dvc repro prepare` recreates it") from None


def wrong_with_split(split: Arrays, form: Form | None, count: int | None, wants_all: bool) -> str | None:
    """What is wrong with a split, None where nothing is.

    Args:
        split: arrays of any type and shape, as they were read.
        form: that it has to have, None where that is not known.
        count: of its images, None where that is not known.
        wants_all: whether every class has to occur; else two are enough.
    """
    images, labels = split
    if not images.size:
        return "there is no image in it"
    if images.dtype != np.uint8 or images.ndim != 4:
        return f"images are {_described(images)}, not uint8 [image height width channel]"
    if labels.dtype != np.int64 or labels.ndim != 1:
        return f"labels are {_described(labels)}, not int64 [image]"
    if len(images) != len(labels) or len(images) != (count or len(images)):
        return f"{len(images)} images and {len(labels)} labels" + (f" instead of {count}" if count else "")
    return _unlike(images, labels, form) or _lacking(labels, form, wants_all)


def _unlike(images: ndarray, labels: ndarray, form: Form | None) -> str | None:
    """In what a split is unlike its form."""
    low, high = labels.min(), labels.max()
    if form is None:
        return f"there is a label {low}" if low < 0 else None
    channels, size, classes = form
    if images.shape[1:] != (size, size, channels):
        return f"images of {' x '.join(map(str, images.shape[1:]))} instead of {size} x {size} x {channels}"
    return f"labels from {low} to {high}, and there are {classes} classes" if low < 0 or high >= classes else None


def _lacking(labels: ndarray, form: Form | None, wants_all: bool) -> str | None:
    """Which classes a split lacks."""
    found = np.unique(labels)
    if len(found) < 2:
        return f"all images are of the class {found[0]}, so that there is nothing to learn"
    lacking = sorted({*range(form[2])} - {*found.tolist()}) if form and wants_all else []
    return f"no image of {len(lacking)} classes, of {lacking[0]} for one" if lacking else None


def _described(array: ndarray) -> str:
    return f"{array.dtype} {list(array.shape)}"
