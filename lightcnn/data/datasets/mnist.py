"""MNIST: 70,000 grey handwritten digits of 28 x 28 pixels, 10,000 of them for testing.

source     LeCun et al. 1998, "Gradient-based learning applied to document recognition"; http://yann.lecun.com/exdb/mnist/
licence    CC BY-SA 3.0
size       12 MB to download
"""

from pathlib import Path

from lightcnn.core.config import StrictModel
from lightcnn.data.datasets import _mnist
from lightcnn.data.datasets._official import Published, RawData

LICENCE = "CC BY-SA 3.0"
"""As far as its authors state one."""

FILES = {
    "MNIST/raw/t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "MNIST/raw/t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    "MNIST/raw/train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "MNIST/raw/train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
}
"""Path under a data root -> MD5 of the unpacked file (torchvision knows that of the packed one)."""

CLASSES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

PUBLISHED = Published(60_000, 10, 1, 28)


class Config(StrictModel):
    """Nothing to choose."""


def download(root: Path) -> None:
    """Bring the official files to `root`, unpacked."""
    _mnist.download(root, "MNIST")


def read(raw: Path) -> RawData:
    """Decode the official files.

    Raises:
        UserError: where a file is missing or damaged.
    """
    return _mnist.read(raw, "MNIST/raw", FILES, CLASSES)
