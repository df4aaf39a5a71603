"""CIFAR-100, coarse: the same images, labelled with its 20 coarse classes, each of five fine ones.

source     Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; https://www.cs.toronto.edu/~kriz/cifar.html
licence    none stated; cite the report
size       169 MB to download, the same files as of cifar100
"""

from pathlib import Path

from lightcnn.core.config import StrictModel
from lightcnn.data.datasets import _cifar100
from lightcnn.data.datasets._official import Published, RawData

LICENCE, FILES = _cifar100.LICENCE, _cifar100.FILES

PUBLISHED = Published(50_000, 20, 3, 32)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official archive to `root`, unpacked."""
    _cifar100.download(root)


def read(raw: Path) -> RawData:
    """Decode the official files.

    Raises:
        UserError: where a file is missing or damaged; nothing is unpickled then.
    """
    return _cifar100.read(raw, FILES, "coarse")
