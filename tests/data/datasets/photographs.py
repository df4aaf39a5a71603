"""A folder of one's own images, as the component `folder` takes them."""

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("cat", "dog")


def make(root: Path, train: int = 100, test: int = 10) -> Path:
    """Write colour pictures of noise, 8 pixels a side: so many of each class in train/ and in test/."""
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("test", test)):
        for name in CLASSES:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                save(random.integers(0, 256, (8, 8, 3)), root / split / name / f"{number}.png")
    return root


def save(pixels: np.ndarray, path: Path) -> None:
    """Write one picture."""
    Image.fromarray(pixels.astype(np.uint8)).save(path)
