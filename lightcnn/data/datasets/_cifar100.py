"""The files of CIFAR-100, each of whose images has a fine label and a coarse one."""

from pathlib import Path
from typing import Literal

from lightcnn.data.datasets import _cifar
from lightcnn.data.datasets._official import RawData

LICENCE = "none stated"
"""As far as its authors state one."""

FILES = {
    "cifar-100-python/meta": "7973b15100ade9c7d40fb424638fde48",
    "cifar-100-python/test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    "cifar-100-python/train": "16019d7e3df5f24257cddd939b257f8d",
}
"""Path under a data root -> MD5, as torchvision knows it."""


def download(root: Path) -> None:
    """Bring the official archive to `root`, unpacked."""
    _cifar.download(root, "CIFAR100")


def read(raw: Path, files: dict[str, str], labels: Literal["fine", "coarse"]) -> RawData:
    """Decode the official files, with one of the two labels of each image.

    Raises:
        UserError: where a file is missing or damaged; nothing is unpickled then.
    """
    train, test, meta = (f"cifar-100-python/{part}" for part in ("train", "test", "meta"))
    return _cifar.read(raw, files, _cifar.Layout((train,), (test,), meta, f"{labels}_labels", f"{labels}_label_names"))
