"""Fashion-MNIST: 70,000 grey photographs of clothes of 28 x 28 pixels in 10 classes, 10,000 of them for testing.

source     Xiao et al. 2017, arXiv:1708.07747; https://github.com/zalandoresearch/fashion-mnist
licence    MIT
size       31 MB to download
"""

from pathlib import Path

from lightcnn.core.config import StrictModel
from lightcnn.data.datasets import _mnist
from lightcnn.data.datasets._official import Published, RawData

LICENCE = "MIT"
"""As far as its authors state one."""

FILES = {
    "FashionMNIST/raw/t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "FashionMNIST/raw/t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    "FashionMNIST/raw/train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "FashionMNIST/raw/train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
}
"""Path under a data root -> MD5 of the unpacked file (torchvision knows that of the packed one)."""

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

PUBLISHED = Published(60_000, 10, 1, 28)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official files to `root`, unpacked."""
    _mnist.download(root, "FashionMNIST")


def read(raw: Path) -> RawData:
    """Decode the official files.

    Raises:
        UserError: where a file is missing or damaged.
    """
    return _mnist.read(raw, "FashionMNIST/raw", FILES, CLASSES)
