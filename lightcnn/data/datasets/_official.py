"""Read official files: checked by MD5, and never unpickled unchecked."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.errors import UserError

LARGEST = 250_000_000
"""Bytes: no official file has more, unpacked or not; the largest, the archive of Tiny ImageNet, has 248,100,043."""


class RawData(NamedTuple):
    """A data set as it was published: its splits in their official order, and the names of its classes; most have no validation part."""

    train: Arrays
    test: Arrays
    classes: tuple[str, ...]
    valid: Arrays | None = None


class Published(NamedTuple):
    """What is known of a data set before it is fetched: images for training, classes, channels, and pixels a side."""

    images: int
    classes: int
    channels: int
    size: int


def read_whole(root: Path, name: str, md5: str) -> bytes:
    """The content of an official file; where `root` holds only its .gz, that is unpacked.

    Args:
        root: folder that `name` is under.
        md5: of the unpacked content, in hexadecimal.

    Raises:
        UserError: where the file is missing or damaged.
    """
    content = read_unpacked(root, name)
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise UserError(f"{name} is damaged (MD5 {found}, expected {md5})")
    return content


def read_unpacked(root: Path, name: str) -> bytes:
    """The content of a file or, where there is none, of its .gz; no more is read or unpacked than official files have.

    Raises:
        UserError: where neither is there, either is larger than any official file, or the .gz cannot be unpacked.
    """
    plain, packed = root / name, root / f"{name}.gz"
    path = plain if plain.is_file() else packed
    if not path.is_file():
        raise UserError(f"{name} is missing")
    found = path.stat().st_size
    if found <= LARGEST:
        try:
            with path.open("rb") if path == plain else gzip.open(path) as file:
                content = file.read(LARGEST + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UserError(f"{name}.gz is damaged ({error})") from None
        found = len(content)
    if found > LARGEST:
        raise UserError(f"{path.relative_to(root)} is damaged (over {LARGEST:,} bytes, more than any official file has)")
    return content
