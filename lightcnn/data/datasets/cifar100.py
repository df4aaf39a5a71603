"""CIFAR-100: 60,000 colour photographs of 32 x 32 pixels in 100 fine classes, 10,000 of them for testing.

source     Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; https://www.cs.toronto.edu/~kriz/cifar.html
licence    none stated; cite the report
size       169 MB to download
"""

from pathlib import Path

from lightcnn.core.config import StrictModel
from lightcnn.data.datasets import _cifar
from lightcnn.data.datasets._official import Published, RawData

LICENCE = "none stated"
"""As far as its authors state one."""

FILES = {
    "cifar-100-python/meta": "7973b15100ade9c7d40fb424638fde48",
    "cifar-100-python/test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    "cifar-100-python/train": "16019d7e3df5f24257cddd939b257f8d",
}
"""Path under a data root -> MD5, as torchvision knows it."""

LAYOUT = _cifar.Layout(
    train=("cifar-100-python/train",),
    test=("cifar-100-python/test",),
    meta="cifar-100-python/meta",
    labels="fine_labels",
    names="fine_label_names",
)

PUBLISHED = Published(50_000, 100, 3, 32)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official archive to `root` and unpack it there; one that is there and whole is not fetched again."""
    from torchvision.datasets import CIFAR100
    from torchvision.datasets.utils import download_and_extract_archive

    download_and_extract_archive(CIFAR100.url, str(root), filename=CIFAR100.filename, md5=CIFAR100.tgz_md5)


def read(raw: Path) -> RawData:
    """Decode the official files.

    Raises:
        UserError: where a file is missing or damaged; nothing is unpickled then.
    """
    return _cifar.read(raw, FILES, LAYOUT)
