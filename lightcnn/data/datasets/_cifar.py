"""The format of CIFAR-10 and CIFAR-100: pickles of the pixels' rows and the labels.

source     https://www.cs.toronto.edu/~kriz/cifar.html
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from lightcnn.artifacts.prepared import Arrays
from lightcnn.data.datasets._official import RawData, read_whole


class Layout(NamedTuple):
    """Which file holds what, and under which keys labels and class names stand."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    meta: str
    labels: str
    names: str


def download(root: Path, name: str) -> None:
    """Bring the official archive of the data set that torchvision calls `name` to `root` and unpack it there; a whole one is not fetched again."""
    from torchvision import datasets
    from torchvision.datasets.utils import download_and_extract_archive

    theirs = getattr(datasets, name)
    download_and_extract_archive(theirs.url, str(root), filename=theirs.filename, md5=theirs.tgz_md5)


def read(raw: Path, files: Mapping[str, str], layout: Layout) -> RawData:
    """Decode the files of `layout`, each of which has to have the MD5 that `files` gives.

    Raises:
        UserError: where a file is missing or damaged; nothing of it is unpickled then.
    """
    pickled = {name: read_whole(raw, name, files[name]) for name in (*layout.train, *layout.test, layout.meta)}
    # Unpickling runs what a pickle asks for, so it is only done with the very bytes whose MD5 was found right.
    content = {name: pickle.loads(raw_bytes, encoding="latin1") for name, raw_bytes in pickled.items()}
    train, test = (joined([content[name] for name in names], layout.labels) for names in (layout.train, layout.test))
    return RawData(train, test, tuple(content[layout.meta][layout.names]))


def joined(batches: list[dict[str, Any]], key: str) -> Arrays:
    """The batches of a split as one, their labels taken from `key`."""
    rows = np.concatenate([batch["data"] for batch in batches])
    return Arrays(images_of(rows), np.concatenate([batch[key] for batch in batches]).astype(np.int64))


def images_of(rows: UInt8[ndarray, "image 3072"]) -> UInt8[ndarray, "image 32 32 3"]:
    """Images from rows that hold the red, the green and the blue plane."""
    return np.ascontiguousarray(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
