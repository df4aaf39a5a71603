"""Which images are held out, by their content: exact copies stand together, and a new image moves no other.

An image is held out where a number that its content gives, even over 0 to 1, lies below a share: what the file is called and what else there is
does not matter. Source: hashing of stable identifiers, as in A. Geron, Hands-On Machine Learning, 2017, chapter 2.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from lightcnn.data.image_folder.layouts import Sample

DIGITS = 16
"""Hexadecimal digits of a number."""


class Draw(NamedTuple):
    """A part that is drawn: its share of the training images, where in a hash its numbers stand, and how many contents a class keeps at least."""

    split: str
    share: float
    start: int
    kept: int


def with_parts(samples: list[Sample], digests: list[str], test_share: float, valid_share: float) -> list[Sample]:
    """The samples, of their training images a test and then a validation part held out, where there is none; a share of 0 draws none.

    Args:
        samples: as they were found.
        digests: of the content of each, in hexadecimal.
        test_share: of all images.
        valid_share: of those that are left.
    """
    for draw in (Draw("test", test_share, 0, 2), Draw("valid", valid_share, DIGITS, 1)):
        if draw.share == 0 or any(sample.split == draw.split for sample in samples):
            continue
        contents = defaultdict[str, set[str]](set)
        for sample, digest in zip(samples, digests, strict=True):
            if sample.split == "train":
                contents[sample.name].add(digest)
        held = held_out(contents, draw)
        samples = [
            sample._replace(split=draw.split) if sample.split == "train" and digest in held else sample
            for sample, digest in zip(samples, digests, strict=True)
        ]
    return samples


def held_out(contents: Mapping[str, Collection[str]], draw: Draw) -> set[str]:
    """The contents below the share; of each class the lowest in any case, and its highest never.

    Args:
        contents: of each class, as hashes in hexadecimal.
        draw: which part.
    """

    def number(digest: str) -> int:
        return int(digest[draw.start : draw.start + DIGITS], 16)

    ranked = [sorted(members, key=number) for members in contents.values()]
    held = {digest for members in ranked for digest in members if number(digest) < draw.share * 16**DIGITS}
    held.update(members[0] for members in ranked)
    held.difference_update(*(members[-draw.kept :] for members in ranked))
    return held
