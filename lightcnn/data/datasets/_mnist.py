"""The format of MNIST and Fashion-MNIST: IDX files of unsigned bytes.

source     http://yann.lecun.com/exdb/mnist/ (section "File formats")
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from lightcnn.artifacts.prepared import Arrays
from lightcnn.data.datasets._official import RawData, read_whole


def download(root: Path, name: str) -> None:
    """Bring the official files of the data set that torchvision calls `name` to `root` and unpack them; those that are there are not fetched again."""
    from torchvision import datasets

    getattr(datasets, name)(str(root), download=True)


def read(raw: Path, folder: str, files: Mapping[str, str], classes: tuple[str, ...]) -> RawData:
    """Decode the four files under `folder`, each of which has to have the MD5 that `files` gives.

    Raises:
        UserError: where a file is missing or damaged.
    """

    def array(name: str) -> ndarray:
        return decoded(read_whole(raw, f"{folder}/{name}", files[f"{folder}/{name}"]))

    def split(prefix: str) -> Arrays:
        images, labels = array(f"{prefix}-images-idx3-ubyte"), array(f"{prefix}-labels-idx1-ubyte")
        return Arrays(images[..., None], labels.astype(np.int64))

    return RawData(split("train"), split("t10k"), classes)


def decoded(content: bytes) -> UInt8[ndarray, "..."]:
    """The array in an IDX file: its fourth byte counts the axes, whose lengths follow, then the values."""
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
