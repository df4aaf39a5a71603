"""List the image files below a folder, each real file once, and what else is there."""

import errno
import os
import stat
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from lightcnn.prediction.preprocessing import NOT_DECODED

LITTER = {
    *("thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"),  # Windows
    *("__macosx", "lost+found", "@eadir", "@recycle", "#recycle"),  # archives of macOS, Linux, NAS boxes
}
"""What systems leave beside images, in lower case."""
HIDDEN, NOWHERE, IRREGULAR, MET, OTHER, AGAIN = (
    "hidden or left by a system",
    "links to nowhere or in a circle",
    "no regular files",
    "links to folders that hold them or were listed already",
    "no images by their names",
    "the same files by another link",
)
"""Why something is not taken, in the plural."""


class ImageFile(NamedTuple):
    """An image file: where it was found, which file it really is (device and inode), and whether a link led there."""

    path: Path
    identity: tuple[int, int]
    is_linked: bool


class Skipped:
    """What was not taken: reason to paths."""

    def __init__(self) -> None:
        self.by_reason: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, path: str | os.PathLike[str], reason: str) -> None:
        """Note one."""
        self.by_reason[reason].append(os.fspath(path))

    def lines(self, limit: int = 5) -> Iterator[str]:
        """Count and name them, a line for each reason."""
        for reason, paths in self.by_reason.items():
            yield f"{len(paths):,} not taken, {reason}: {first_of(paths, limit)}"


def first_of(items: Iterable[object], limit: int) -> str:
    """The first few, with a comma between them, and how many more there are."""
    shown = [printable(str(item)) for item in items]
    more = f" and {len(shown) - limit:,} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more


def printable(text: str) -> str:
    """The text with what would change the terminal, or is no text, written out."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


@cache
def extensions() -> frozenset[str]:
    """How the names of files end that Pillow can decode, in lower case with their dot; plugins have to be imported before."""
    known = Image.registered_extensions().items()
    return frozenset(extension.lower() for extension, form in known if form in Image.OPEN and form not in NOT_DECODED)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is passed over by its name."""
    return name.startswith(".") or name.lower() in LITTER


def images_below(top: Path, skipped: Skipped) -> list[ImageFile]:
    """List the image files at any depth below a folder, by folder and name; links are followed, once and after what lies there itself.

    Raises:
        OSError: where a folder cannot be read.
    """
    found = dict[tuple[int, int], ImageFile]()
    for entry, is_linked in _walk(top, skipped):
        if reason := _reason(entry):
            skipped.add(entry, reason)
        else:
            keep_once(ImageFile(Path(entry), identity_of(entry.stat()), is_linked or entry.is_symlink()), found, skipped)
    return sorted(found.values(), key=lambda file: (str(file.path.parent), file.path.name))


def _walk(top: Path, skipped: Skipped) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """Everything below a folder that is no folder, and whether a link led there; no folder twice, and none that `top` lies in."""
    whole = top.resolve()
    seen = {identity_of(folder.stat()) for folder in (whole, *whole.parents)}
    folders, links = deque([(top, False)]), deque[Path]()
    while folders or links:
        if not folders:
            folders += [(link, True)] if _is_new(link := links.popleft(), seen, skipped) else []
            continue
        folder, is_linked = folders.popleft()
        for entry in listed(folder, skipped):
            if not entry.is_dir():
                yield entry, is_linked
            elif entry.is_symlink():
                links.append(Path(entry))
            elif _is_new(Path(entry), seen, skipped):
                folders.append((Path(entry), is_linked))


def listed(folder: Path, skipped: Skipped) -> list[os.DirEntry[str]]:
    """The entries of a folder by name, without those that are hidden or link to nowhere.

    Raises:
        OSError: where it cannot be read.
    """
    with os.scandir(folder) as entries:
        named = sorted(entries, key=lambda entry: entry.name)
    return [entry for entry in named if not _is_passed_over(entry, skipped)]


def keep_once(file: ImageFile, found: dict[tuple[int, int], ImageFile], skipped: Skipped) -> None:
    """Add a file to those found; of two ways to the same file the one without a link is kept, else the first."""
    known = found.get(file.identity)
    if known is None or (known.is_linked and not file.is_linked):
        found[file.identity], file = file, known or file
    if known is not None:
        skipped.add(file.path, AGAIN)


def identity_of(status: os.stat_result) -> tuple[int, int]:
    """Which file or folder it really is."""
    return status.st_dev, status.st_ino


def _is_passed_over(entry: os.DirEntry[str], skipped: Skipped) -> bool:
    if is_hidden(entry.name):
        skipped.add(entry, HIDDEN)
        return True
    try:
        entry.stat()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
            raise
        skipped.add(entry, NOWHERE)
        return True
    return False


def _is_new(folder: Path, seen: set[tuple[int, int]], skipped: Skipped) -> bool:
    identity = identity_of(folder.stat())
    if identity in seen:
        skipped.add(folder, MET)
        return False
    seen.add(identity)
    return True


def _reason(entry: os.DirEntry[str]) -> str | None:
    """Why a file is not taken; None where it is."""
    if not stat.S_ISREG(entry.stat().st_mode):
        return IRREGULAR
    return None if Path(entry.name).suffix.lower() in extensions() else OTHER
