"""Digits: 1,797 grey handwritten digits of 8 x 8 pixels that come with scikit-learn, for trials without a download.

source     Alpaydin and Kaynak 1998, UCI repository, "Optical Recognition of Handwritten Digits" (its test part)
licence    CC BY 4.0
size       nothing to download
"""

from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray
from sklearn.datasets import load_digits

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.config import StrictModel
from lightcnn.data.datasets._official import Published, RawData

LICENCE = "CC BY 4.0"
"""As far as its authors state one."""

FILES: dict[str, str] = {}

TEST_EVERY = 5
PUBLISHED = Published(1_442, 10, 1, 8)


class Config(StrictModel):
    """Nothing to choose."""


def download(_root: Path) -> None:
    """Nothing to do: scikit-learn has them."""


def read(_raw: Path) -> RawData:
    """Take the images from scikit-learn, their 17 levels spread over 0 to 255.

    There is no official split, so every fifth image of each class, in scikit-learn's order, is for testing. The same
    people wrote both parts.
    """
    bunch = load_digits()
    levels, labels = bunch.images.astype(np.int64), bunch.target.astype(np.int64)
    images = ((levels * 255 + 8) // 16).astype(np.uint8)[..., None]
    test = every_fifth(labels)
    return RawData(Arrays(images[~test], labels[~test]), Arrays(images[test], labels[test]), tuple(map(str, bunch.target_names)))


def every_fifth(labels: Int[ndarray, "image"]) -> Bool[ndarray, "image"]:
    """Which images are a fifth, tenth, ... of their class."""
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[TEST_EVERY - 1 :: TEST_EVERY]] = True
    return chosen
