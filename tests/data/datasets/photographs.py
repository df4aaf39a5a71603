"""Images of one's own, as the component `folder` takes them."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("cat", "dog")
LAYOUTS = ("classes", "train", "parts", "all", "list", "list of parts")
"""How people keep images."""


def make(root: Path, train: int = 100, test: int = 10) -> Path:
    """Write colour pictures of noise, 8 pixels a side: so many of each class in train/ and in test/."""
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("test", test)):
        for name in CLASSES:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                save(random.integers(0, 256, (8, 8, 3)), root / split / name / f"{number}.png")
    return root


def laid_out(folder: Path, layout: str) -> Path:
    """Noise of two classes in one of the layouts, 20 images each and 5 more in each part that is given; what `init` is to be told of."""
    images = make(folder / "images", train=20, test=5)
    if layout == "classes":
        return (images / "train").rename(folder / "sorted")
    if layout == "train":
        shutil.rmtree(images / "test")
    if layout in ("all", "list of parts"):
        for path in sorted((images / "test").rglob("*.png")):
            target = images / "val" / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(255 - np.asarray(Image.open(path))).save(target)
    if not layout.startswith("list"):
        return images
    rows = [(path, path.parent.name, path.parent.parent.name) for path in sorted(images.rglob("*.png"))]
    with_parts = layout == "list of parts"
    chosen = rows if with_parts else [row for row in rows if row[2] == "train"]
    lines = [",".join([path.relative_to(images).as_posix(), label, *([split] if with_parts else [])]) for path, label, split in chosen]
    (images / "list.csv").write_text("\n".join(["file,label,split" if with_parts else "file,label", *lines]) + "\n")
    return images / "list.csv"


def save(pixels: np.ndarray, path: Path) -> None:
    """Write one picture."""
    Image.fromarray(pixels.astype(np.uint8)).save(path)
