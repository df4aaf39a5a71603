"""Types of images, batches and transforms."""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Float, Int, UInt8
from torch import Generator, Tensor

from lightcnn.core.types import Step

Images = UInt8[Tensor, "batch channel height width"]
"""Pixels as they are stored, 0 to 255."""


class Batch(NamedTuple):
    """What flows through training: normalised images and soft targets (rows sum to one)."""

    images: Float[Tensor, "batch channel height width"]
    targets: Float[Tensor, "batch classes"]


class Split(NamedTuple):
    """One split of a data set on the device, whole."""

    images: UInt8[Tensor, "image height width channel"]
    labels: Int[Tensor, "image"]


PixelTransform = Callable[[Images, Generator], Images]
"""Augments stored pixels; the targets stay what they are."""

BatchTransform = Callable[[Batch, Step, Generator], Batch]
"""Changes a normalised batch: mixes images and targets, or gives the images another size."""
