"""Images of your own, sorted into folders: ROOT/train/CLASS/ and ROOT/test/CLASS/, as torchvision's ImageFolder takes them.

source     the folder that LIGHTCNN_DATA_ROOT names
licence    that of whoever made the images
size       nothing to download
"""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from pydantic import Field
from tqdm import tqdm

from lightcnn.artifacts.prepared import read_labelled
from lightcnn.core.arrays import write_arrays
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.data.datasets._official import RawData
from lightcnn.prediction.listing import ImageFile, Skipped, first_of, images_below, keep_once, listed, printable
from lightcnn.prediction.preprocessing import as_channels, read_regular, to_square

LICENCE = "that of whoever made the images"
"""As far as its authors state one."""

FILES: dict[str, str] = {}

SPLITS = ("train", "test")
SHOWN_PROBLEMS = 40


class Config(StrictModel):
    """`fingerprint` says which images are meant; `fetch` tells that of those it finds. Of each the middle square is taken, at `size` pixels a side."""

    fingerprint: str = Field("", pattern="^[0-9a-f]*$")
    size: int = Field(32, ge=4, le=512)


class Sample(NamedTuple):
    """An image file, its split, and its class."""

    file: ImageFile
    split: str
    name: str


class Decoded(NamedTuple):
    """What is in an image file: the SHA-256 of its content, and its middle square."""

    digest: str
    square: Image.Image


def download(_root: Path) -> None:
    """Nothing to do: nobody else has them."""


def collect(config: Config, root: Path, folder: Path) -> None:
    """Decode the images under `root`, check them against the fingerprint, and write them into `folder`.

    Standard error names what is not taken, and what lies in two splits or classes.

    Raises:
        UserError: where they are not sorted as they should be, cannot be decoded (every such file is named), or are others than those meant.
    """
    skipped = Skipped()
    try:
        samples = sorted_into_classes(root, skipped)
    finally:
        for line in skipped.lines():
            print(f"{root}: {line}", file=sys.stderr)
    images = decoded(root, samples, config.size)
    for line in repeated(samples, images):
        print(f"{root}: {line}", file=sys.stderr)
    found = fingerprint(root, samples, images)
    if found != config.fingerprint:
        raise UserError(
            f"{root}: the fingerprint of these images is {found}; if they are the ones meant, set data.dataset.fingerprint to it"
        )
    classes = sorted({sample.name for sample in samples})
    channels = 1 if all(image.square.mode == "L" for image in images) else 3
    for split in SPLITS:
        chosen = [(sample, image) for sample, image in zip(samples, images, strict=True) if sample.split == split]
        pixels = np.stack([as_channels(image.square, channels) for _, image in chosen])
        labels = np.array([classes.index(sample.name) for sample, _ in chosen], np.int64)
        write_arrays(folder / f"{split}.npz", images=pixels, labels=labels)
    write_json(folder / "classes.json", classes)


def sorted_into_classes(root: Path, skipped: Skipped) -> list[Sample]:
    """List the images, split by split and class by class.

    Raises:
        UserError: where there is no such folder, one that cannot be read, a class without images or in one of the splits only, one class alone, or
            a name that is not UTF-8.
    """
    folders = [(split, folder) for split in SPLITS for folder in class_folders(root, split, skipped)]
    train, test = ({folder.name for where, folder in folders if where == split} for split in SPLITS)
    if train != test:
        raise UserError(
            f"{root}: every class needs a folder in train/ and in test/; only one of them has {', '.join(sorted(train ^ test))}"
        )
    if len(train) < 2:
        raise UserError(f"{root}: only one class, {min(train)}; put at least two class folders into train/ and test/")
    samples = once([sample for split, folder in folders for sample in samples_of(split, folder, skipped)], skipped)
    filled = {(sample.split, sample.name) for sample in samples}
    refuse([f"{folder}: no image in it" for split, folder in folders if (split, folder.name) not in filled], "fill it or take it out")
    names = [ascii(str(sample.file.path.relative_to(root))) for sample in samples if not is_utf8(sample.file.path.relative_to(root))]
    refuse([f"{root}: the name {name} is not UTF-8" for name in names], "rename it")
    return samples


def class_folders(root: Path, split: str, skipped: Skipped) -> list[Path]:
    """The folders of a split by name, but for hidden ones.

    Raises:
        UserError: where there are none.
    """
    try:
        entries = listed(root / split, skipped)
    except (FileNotFoundError, NotADirectoryError):
        entries = []
    if not any(entry.is_dir() for entry in entries):
        raise UserError(f"{root}: no class folder in {root / split}; sort the images into train/CLASS/ and test/CLASS/")
    for entry in entries:
        if not entry.is_dir():
            skipped.add(entry, "files outside of a class")
    return [Path(entry) for entry in entries if entry.is_dir()]


def samples_of(split: str, folder: Path, skipped: Skipped) -> list[Sample]:
    """The images of a class in a split.

    Raises:
        UserError: where a folder in it cannot be read.
    """
    try:
        return [Sample(file, split, folder.name) for file in images_below(folder, skipped)]
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; give yourself the right to read it, or take it out") from None


def once(samples: list[Sample], skipped: Skipped) -> list[Sample]:
    """Of samples that are the same file, by links, the one without a link, else the first."""
    found = dict[tuple[int, int], ImageFile]()
    for sample in samples:
        keep_once(sample.file, found, skipped)
    return [sample for sample in samples if found[sample.file.identity] is sample.file]


def is_utf8(path: Path) -> bool:
    """Whether a path can be written down as text."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def decoded(root: Path, samples: list[Sample], size: int) -> list[Decoded]:
    """Read every image.

    Raises:
        UserError: naming all that cannot be decoded.
    """
    images, unreadable = list[Decoded](), list[str]()
    for sample in tqdm(samples, f"decoding {root}", unit="image", disable=None):
        try:
            content = read_regular(sample.file.path)
            images.append(Decoded(hashlib.sha256(content).hexdigest(), to_square(content, size)))
        except UserError as error:
            unreadable.append(printable(f"{sample.file.path}: {error}"))
    refuse(unreadable, "mend it or take it out")
    return images


def refuse(problems: list[str], remedy: str) -> None:
    """Stop where there are problems.

    Raises:
        UserError: with a line for each of the first and, where there are several, their count.
    """
    if len(problems) == 1:
        raise UserError(f"{problems[0]}; {remedy}")
    if problems:
        more = [f"... and {len(problems) - SHOWN_PROBLEMS:,} more"] if len(problems) > SHOWN_PROBLEMS else []
        raise UserError("\n".join([f"{len(problems):,} problems (of each: {remedy})", *problems[:SHOWN_PROBLEMS], *more]))


def repeated(samples: list[Sample], images: list[Decoded]) -> Iterator[str]:
    """Count and name the contents that both splits or several classes have, a line for each kind."""
    groups = defaultdict[str, list[Sample]](list)
    for sample, image in zip(samples, images, strict=True):
        groups[image.digest].append(sample)
    several = [group for group in groups.values() if len(group) > 1]
    for kind, common in (
        ("in train and test alike", [group for group in several if len({sample.split for sample in group}) > 1]),
        ("in several classes", [group for group in several if len({sample.name for sample in group}) > 1]),
    ):
        if common:
            yield f"{len(common):,} found {kind}: {first_of((' = '.join(str(sample.file.path) for sample in group) for group in common), 5)}"


def fingerprint(root: Path, samples: list[Sample], images: list[Decoded]) -> str:
    """Thirty-two hexadecimal digits of the SHA-256 of all files, with their places under `root`."""
    digest = hashlib.sha256()
    for sample, image in zip(samples, images, strict=True):
        digest.update(f"{sample.file.path.relative_to(root).as_posix()} {image.digest}\n".encode())
    return digest.hexdigest()[:32]


def read(raw: Path) -> RawData:
    """Take what `collect` wrote.

    Raises:
        UserError: where a file is missing or damaged.
    """
    train, test = (read_labelled(raw / f"{split}.npz") for split in SPLITS)
    return RawData(train, test, tuple(read_json(raw / "classes.json")))
