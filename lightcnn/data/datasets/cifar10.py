"""CIFAR-10: 60,000 colour photographs of 32 x 32 pixels in 10 classes, 10,000 of them for testing.

source     Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; https://www.cs.toronto.edu/~kriz/cifar.html
licence    none stated; cite the report
size       170 MB to download
"""

from pathlib import Path

from lightcnn.core.config import StrictModel
from lightcnn.data.datasets import _cifar
from lightcnn.data.datasets._official import Published, RawData

LICENCE = "none stated"
"""As far as its authors state one."""

FILES = {
    "cifar-10-batches-py/batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    "cifar-10-batches-py/data_batch_1": "c99cafc152244af753f735de768cd75f",
    "cifar-10-batches-py/data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "cifar-10-batches-py/data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "cifar-10-batches-py/data_batch_4": "634d18415352ddfa80567beed471001a",
    "cifar-10-batches-py/data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "cifar-10-batches-py/test_batch": "40351d587109b95175f43aff81a1287e",
}
"""Path under a data root -> MD5, as torchvision knows it."""

LAYOUT = _cifar.Layout(
    train=tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)),
    test=("cifar-10-batches-py/test_batch",),
    meta="cifar-10-batches-py/batches.meta",
    labels="labels",
    names="label_names",
)

PUBLISHED = Published(50_000, 10, 3, 32)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official archive to `root`, unpacked."""
    _cifar.download(root, "CIFAR10")


def read(raw: Path) -> RawData:
    """Decode the official files.

    Raises:
        UserError: where a file is missing or damaged; nothing is unpickled then.
    """
    return _cifar.read(raw, FILES, LAYOUT)
