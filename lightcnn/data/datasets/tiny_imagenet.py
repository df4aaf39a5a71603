"""Tiny ImageNet: 110,000 colour photographs of 64 x 64 pixels in 200 classes; the official validation part, 10,000 of them, is the test split.

Its own test part has no published labels. The archive keeps the images of each training class in a folder, and those of validation in one, with
their classes in a list beside them.

source     Le and Yang 2015, "Tiny ImageNet Visual Recognition Challenge" (Stanford, CS 231N); a part of ImageNet (arXiv:1409.0575)
licence    none stated; ImageNet's terms allow non-commercial research and teaching
size       248 MB to download
"""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from tqdm import tqdm

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.config import StrictModel
from lightcnn.data.datasets._official import Published, RawData, read_whole
from lightcnn.prediction.preprocessing import to_pixels

LICENCE = "none stated; ImageNet's terms allow non-commercial research and teaching"
"""As far as its authors state one."""

URL = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
ARCHIVE = "tiny-imagenet-200.zip"
FILES = {ARCHIVE: "90528d7ca1a48142e341f4ef8d21d0de"}
"""Path under a data root -> MD5."""

PUBLISHED = Published(100_000, 200, 3, 64)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official archive to `root`; one that is there and whole is not fetched again."""
    from torchvision.datasets.utils import download_url

    download_url(URL, str(root), ARCHIVE, FILES[ARCHIVE])


def read(raw: Path) -> RawData:
    """Decode the images of the archive: training class by class, validation in the order of its list; grey ones are laid over three channels.

    Raises:
        UserError: where the archive is missing or damaged; nothing is decoded then.
    """
    with ZipFile(BytesIO(read_whole(raw, ARCHIVE, FILES[ARCHIVE]))) as archive:
        ids = [row[0] for row in _rows(archive, "wnids.txt")]
        train = [
            (f"train/{wnid}/images/{row[0]}", label)
            for label, wnid in enumerate(ids)
            for row in _rows(archive, f"train/{wnid}/{wnid}_boxes.txt")
        ]
        test = [(f"val/images/{row[0]}", ids.index(row[1])) for row in _rows(archive, "val/val_annotations.txt")]
        words = {row[0]: row[1] for row in _rows(archive, "words.txt")}
        return RawData(_decoded(archive, train), _decoded(archive, test), class_names([words[wnid] for wnid in ids], ids))


def class_names(words: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """The first word for each class, with its id where another class has the same."""
    first = [names.partition(",")[0] for names in words]
    counts = Counter(first)
    return tuple(name if counts[name] == 1 else f"{name} ({wnid})" for name, wnid in zip(first, ids, strict=True))


def _rows(archive: ZipFile, name: str) -> list[list[str]]:
    """The lines of a table, cut at their tabs."""
    return [line.split("\t") for line in archive.read(f"tiny-imagenet-200/{name}").decode().splitlines()]


def _decoded(archive: ZipFile, listed: Sequence[tuple[str, int]]) -> Arrays:
    images = np.empty((len(listed), PUBLISHED.size, PUBLISHED.size, PUBLISHED.channels), np.uint8)
    for place, (name, _) in enumerate(tqdm(listed, "decoding", unit="image", disable=None)):
        images[place] = to_pixels(archive.read(f"tiny-imagenet-200/{name}"), PUBLISHED.channels, PUBLISHED.size)
    return Arrays(images, np.array([label for _, label in listed], np.int64))
