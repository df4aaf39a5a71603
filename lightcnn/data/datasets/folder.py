"""Images of your own: CLASS/, {train,test,valid}/CLASS/ as torchvision's ImageFolder takes them, or a CSV file of file, label and split.

source     the folder or file that LIGHTCNN_DATA_ROOT names, else the one that `lightcnn init` was given
licence    that of whoever made the images
size       nothing to download
"""

import sys
from pathlib import Path

import numpy as np
from pydantic import Field

from lightcnn.artifacts.prepared import read_labelled
from lightcnn.core.arrays import write_arrays
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.data.datasets._official import RawData
from lightcnn.data.image_folder.layouts import SPLITS
from lightcnn.data.image_folder.reading import LEAST_IMAGES, Survey, decoded, repeated, survey
from lightcnn.prediction.listing import Skipped

LICENCE = "that of whoever made the images"
"""As far as its authors state one."""

FILES: dict[str, str] = {}


class Config(StrictModel):
    """`fingerprint` says which images are meant; `fetch` tells that of those it finds. Of each the middle square is taken, at `size` pixels a side.

    Where there is no test part, `test_share` of the images are drawn by their content; where there is no validation part, `valid_share` of the rest
    (0: `valid_size` of data draws it). Classes with fewer than `min_images` are left out (null: there may be none with fewer than three).
    """

    fingerprint: str = Field("", pattern="^[0-9a-f]*$")
    size: int = Field(32, ge=4, le=512)
    test_share: float = Field(0.2, gt=0, lt=1)
    valid_share: float = Field(0.0, ge=0, lt=1)
    min_images: int | None = Field(None, ge=LEAST_IMAGES)


def download(_root: Path) -> None:
    """Nothing to do: nobody else has them."""


def find(config: Config, root: Path) -> Survey:
    """Find the images under `root`, and draw the parts that are not given; standard error names what is not taken.

    Raises:
        UserError: where they are not sorted as they should be, a file cannot be read, or a class has too few.
    """
    skipped = Skipped()
    try:
        return survey(root, config.min_images, config.test_share, config.valid_share, skipped)
    finally:
        for line in skipped.lines():
            print(f"{root}: {line}", file=sys.stderr)


def collect(config: Config, root: Path, folder: Path) -> None:
    """Decode the images under `root`, check them against the fingerprint, and write them into `folder`.

    Standard error names what is not taken, and what lies in two splits or classes.

    Raises:
        UserError: where they are not sorted as they should be, cannot be decoded (every such file is named), or are others than those meant.
    """
    found = find(config, root)
    images = decoded(root, found.samples, config.size)
    for line in repeated(found):
        print(f"{root}: {line}", file=sys.stderr)
    if found.fingerprint != config.fingerprint:
        raise UserError(
            f"{root}: the fingerprint of these images is {found.fingerprint}; if they are the ones meant, "
            "set data.dataset.fingerprint to it (`lightcnn init FOLDER --update` shows what changed, and does)"
        )
    classes = found.classes
    labels = np.array([classes.index(sample.name) for sample in found.samples], np.int64)
    splits = np.array([SPLITS.index(sample.split) for sample in found.samples])
    channels = 1 if images.are_grey.all() else 3
    for number, split in enumerate(SPLITS):
        first, last = np.searchsorted(splits, [number, number + 1])  # a slice of what is sorted by split is no copy
        if first < last:
            write_arrays(folder / f"{split}.npz", images=images.pixels[first:last, ..., :channels], labels=labels[first:last])
    write_json(folder / "classes.json", classes)


def read(raw: Path) -> RawData:
    """Take what `collect` wrote.

    Raises:
        UserError: where a file is missing or damaged.
    """
    train, test = (read_labelled(raw / f"{split}.npz") for split in ("train", "test"))
    valid = raw / "valid.npz"
    return RawData(train, test, tuple(read_json(raw / "classes.json")), read_labelled(valid) if valid.exists() else None)
