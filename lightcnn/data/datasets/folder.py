"""Images of your own, sorted into folders: ROOT/train/CLASS/ and ROOT/test/CLASS/, as torchvision's ImageFolder takes them.

source     the folder that LIGHTCNN_DATA_ROOT names
licence    that of whoever made the images
size       nothing to download
"""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from pydantic import Field
from tqdm import tqdm

from lightcnn.artifacts.prepared import read_labelled
from lightcnn.core.arrays import write_arrays
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.data.datasets._official import RawData

LICENCE = "that of whoever made the images"
"""As far as its authors state one."""

FILES: dict[str, str] = {}

SPLITS = ("train", "test")
Samples = dict[str, list[tuple[Path, int]]]
"""Split -> files in their order, each with the index of its class."""


class Config(StrictModel):
    """`fingerprint` says which images are meant; `fetch` tells that of those it finds. Of each the middle square is taken, at `size` pixels a side."""

    fingerprint: str = Field("", pattern="^[0-9a-f]*$")
    size: int = Field(32, ge=4, le=512)


def download(_root: Path) -> None:
    """Nothing to do: nobody else has them."""


def collect(config: Config, root: Path, folder: Path) -> None:
    """Check the images under `root` against the fingerprint, decode them, and write them into `folder`.

    Raises:
        UserError: where they are not sorted as they should be, are others than those meant, or cannot be decoded.
    """
    classes, samples = sorted_into_classes(root)
    found = fingerprint(root, samples)
    if found != config.fingerprint:
        raise UserError(
            f"{root}: the fingerprint of these images is {found}; if they are the ones meant, set data.dataset.fingerprint to it"
        )
    files = [path for split in SPLITS for path, _ in samples[split]]
    squares = {path: middle(path, config.size) for path in tqdm(files, f"decoding {root}", unit="image", disable=None)}
    mode = "L" if all(square.mode == "L" for square in squares.values()) else "RGB"
    for split in SPLITS:
        pixels = [np.asarray(squares[path].convert(mode)) for path, _ in samples[split]]
        images = np.stack(pixels).reshape(len(pixels), config.size, config.size, -1)
        write_arrays(folder / f"{split}.npz", images=images, labels=np.array([label for _, label in samples[split]], np.int64))
    write_json(folder / "classes.json", list(classes))


def sorted_into_classes(root: Path) -> tuple[tuple[str, ...], Samples]:
    """The classes, which are the same in both splits, and the files of each split.

    Raises:
        UserError: where there is no such folder, a class without images, or a class in one of the splits only.
    """
    from torchvision.datasets import ImageFolder  # not above: `plan` meets this module, and would wait for it

    try:
        folders = {split: ImageFolder(str(root / split)) for split in SPLITS}
    except FileNotFoundError as error:
        raise UserError(f"{root}: images are wanted in train/CLASS/ and test/CLASS/ ({' '.join(str(error).split())})") from None
    train, test = (folders[split].classes for split in SPLITS)
    if train != test:
        raise UserError(
            f"{root}: a class is wanted in train/ and test/ alike, not {', '.join(sorted(set(train) ^ set(test)))} in one of them"
        )
    return tuple(train), {split: [(Path(path), label) for path, label in folders[split].samples] for split in SPLITS}


def fingerprint(root: Path, samples: Samples) -> str:
    """Thirty-two hexadecimal digits of the SHA-256 of all files, with their places under `root`."""
    digest = hashlib.sha256()
    for path in (path for split in SPLITS for path, _ in samples[split]):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:32]


def middle(path: Path, size: int) -> Image.Image:
    """The middle square of an image, upright, at `size` pixels a side: grey (mode L) or RGB.

    Raises:
        UserError: where it is damaged, or larger than Pillow takes for harmless.
    """
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            picture = upright.convert("L" if upright.mode in ("1", "L", "LA") else "RGB")
            return ImageOps.fit(picture, (size, size), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: no image that can be read ({' '.join(str(error).split())}); mend it or take it out") from None


def read(raw: Path) -> RawData:
    """Take what `collect` wrote.

    Raises:
        UserError: where a file is missing or damaged.
    """
    train, test = (read_labelled(raw / f"{split}.npz") for split in SPLITS)
    return RawData(train, test, tuple(read_json(raw / "classes.json")))
