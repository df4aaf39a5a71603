"""What a data component reads: the official files, checked, and what is in them."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.errors import UserError


class RawData(NamedTuple):
    """A data set as it was published: its two splits in their official order, and the names of its classes."""

    train: Arrays
    test: Arrays
    classes: tuple[str, ...]


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
        raise UserError(f"{name} is damaged (MD5 {found}, wanted {md5})")
    return content


def read_unpacked(root: Path, name: str) -> bytes:
    """The content of a file or, where there is none, of its .gz.

    Raises:
        UserError: where neither is there or the .gz cannot be unpacked.
    """
    plain, packed = root / name, root / f"{name}.gz"
    if plain.is_file():
        return plain.read_bytes()
    if not packed.is_file():
        raise UserError(f"{name} is missing")
    try:
        return gzip.decompress(packed.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{name}.gz is damaged ({error})") from None
