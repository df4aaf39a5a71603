"""What is in the images: read and hashed, split, and decoded, of all of them no more than one copy in memory."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8
from numpy import ndarray
from tqdm import tqdm

from lightcnn.core.errors import UserError
from lightcnn.data.image_folder import csv_list, layouts
from lightcnn.data.image_folder.layouts import EMPTY, SPLITS, Sample, check_classes, refuse
from lightcnn.data.image_folder.splitting import with_parts
from lightcnn.prediction.listing import Skipped, first_of, printable
from lightcnn.prediction.preprocessing import as_channels, fit_square, read_regular, to_picture

LEAST_IMAGES = 3
"""Different images of a class: one for each split."""


class Survey(NamedTuple):
    """All images in the order of their splits, the SHA-256 of each, and a fingerprint of them all."""

    samples: list[Sample]
    digests: list[str]
    fingerprint: str

    @property
    def classes(self) -> list[str]:
        """Their names, sorted."""
        return sorted({sample.name for sample in self.samples})

    @property
    def files(self) -> dict[str, str]:
        """What each image is called, and the SHA-256 of its content."""
        return {sample.place: digest for sample, digest in zip(self.samples, self.digests, strict=True)}


class Decoded(NamedTuple):
    """The middle squares of images, the size of each as it was (width, height), and whether it is grey."""

    pixels: UInt8[ndarray, "image height width 3"]
    sizes: list[tuple[int, int]]
    are_grey: Bool[ndarray, "image"]


def survey(root: Path, min_images: int | None, test_share: float, valid_share: float, skipped: Skipped) -> Survey:
    """Find all images below a folder or in a list, and draw the parts that are not given.

    Args:
        root: the folder, or a CSV file.
        min_images: different images that a class has at least, others being left out; None: none may have fewer than three.
        test_share: of all images, held out for testing where no part is given for it.
        valid_share: of the rest, for validation.
        skipped: takes what is left out.

    Raises:
        UserError: where it is no such folder or list, a file cannot be read, or a class has too few images.
    """
    samples = (csv_list if root.is_file() else layouts).samples_in(root, skipped)
    if min_images is None:
        refuse([f"{folder}: no image in it" for folder in skipped.by_reason.pop(EMPTY, [])], "fill it or take it out")
    digests = digests_of(root, samples)
    few = too_few(samples, digests, min_images or LEAST_IMAGES)
    if min_images is None:
        refuse(
            [f"{root}: the class {printable(name)} has {count} different image{'s' * (count != 1)}" for name, count in few.items()],
            f"at least {LEAST_IMAGES} are needed, one for each split: add some, or leave such classes out with --min-images {LEAST_IMAGES}",
        )
    for name, count in few.items():
        skipped.add(f"{name} ({count})", f"classes with fewer than {min_images} different images")
    kept = [(sample, digest) for sample, digest in zip(samples, digests, strict=True) if sample.name not in few]
    samples, digests = [sample for sample, _ in kept], [digest for _, digest in kept]
    check_classes(root, samples)
    fingerprint = fingerprint_of(samples, digests)
    samples = with_parts(samples, digests, test_share, valid_share)
    order = sorted(range(len(samples)), key=lambda row: SPLITS.index(samples[row].split))
    return Survey([samples[row] for row in order], [digests[row] for row in order], fingerprint)


def digests_of(root: Path, samples: list[Sample]) -> list[str]:
    """The SHA-256 of each image's content.

    Raises:
        UserError: naming all that cannot be read.
    """
    digests, unreadable = list[str](), list[str]()
    for sample in tqdm(samples, f"reading {root}", unit="image", disable=None):
        try:
            digests.append(hashlib.sha256(read_regular(sample.file.path)).hexdigest())
        except UserError as error:
            unreadable.append(printable(f"{sample.file.path}: {error}"))
    refuse(unreadable, "fix it or take it out")
    return digests


def too_few(samples: list[Sample], digests: list[str], least: int) -> dict[str, int]:
    """The classes with fewer different images, and how many they have."""
    contents = defaultdict[str, set[str]](set)
    for sample, digest in zip(samples, digests, strict=True):
        contents[sample.name].add(digest)
    return {name: len(contents[name]) for name in sorted(contents) if len(contents[name]) < least}


def fingerprint_of(samples: list[Sample], digests: list[str]) -> str:
    """Thirty-two hexadecimal digits of the SHA-256 of all files, with what they are called."""
    digest = hashlib.sha256()
    for sample, content in zip(samples, digests, strict=True):
        digest.update(f"{sample.place} {content}\n".encode())
    return digest.hexdigest()[:32]


def decoded(root: Path, samples: list[Sample], size: int) -> Decoded:
    """Decode every image.

    Raises:
        UserError: naming all that cannot be decoded.
    """
    pixels, are_grey = np.empty((len(samples), size, size, 3), np.uint8), np.zeros(len(samples), bool)
    sizes, unreadable = list[tuple[int, int]](), list[str]()
    for row, sample in enumerate(tqdm(samples, f"decoding {root}", unit="image", disable=None)):
        try:
            picture = to_picture(read_regular(sample.file.path))
        except UserError as error:
            unreadable.append(printable(f"{sample.file.path}: {error}"))
            continue
        pixels[row] = as_channels(fit_square(picture, size), 3)
        are_grey[row] = picture.mode == "L"
        sizes.append(picture.size)
    refuse(unreadable, "fix it or take it out")
    return Decoded(pixels, sizes, are_grey)


def repeated(found: Survey) -> Iterator[str]:
    """Count and name the contents that two parts or several classes have, a line for each kind."""
    groups = defaultdict[str, list[Sample]](list)
    for sample, digest in zip(found.samples, found.digests, strict=True):
        groups[digest].append(sample)
    several = [group for group in groups.values() if len(group) > 1]
    kinds = {"in several classes": [group for group in several if len({sample.name for sample in group}) > 1]}
    for group in several:
        splits = sorted({sample.split for sample in group}, key=SPLITS.index)
        if len(splits) > 1:
            kinds.setdefault(f"in {' and '.join(splits)} alike", []).append(group)
    for kind, common in kinds.items():
        if common:
            yield f"{len(common):,} found {kind}: {first_of((' = '.join(str(sample.file.path) for sample in group) for group in common), 5)}"
