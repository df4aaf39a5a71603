"""Which images there are, of which class and in which part: CLASS/, {train,test,valid}/CLASS/, or a list as CSV."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from lightcnn.core.errors import UserError
from lightcnn.prediction.listing import ImageFile, Skipped, images_below, keep_once, listed

SPLITS = ("train", "valid", "test")
PARTS = {"train": "train", "val": "valid", "valid": "valid", "validation": "valid", "test": "test"}
"""What people call the parts of a data set."""
LAYOUTS = "expected images in CLASS/, in train/CLASS/ and test/CLASS/, or in a CSV file with the columns file and label"
EMPTY = "classes without an image"
SHOWN_PROBLEMS = 40


class Sample(NamedTuple):
    """An image file, its split, its class, and what it is called wherever it lies."""

    file: ImageFile
    split: str
    name: str
    place: str


def samples_in(root: Path, skipped: Skipped) -> list[Sample]:
    """List the images of a folder, split by split and class by class; what is given no other split is `train`.

    Raises:
        UserError: where there is no such folder, one that cannot be read, no class, or a name that is not UTF-8.
    """
    samples = once(
        [sample for split, folder in class_folders(root, skipped) for sample in samples_of(root, split, folder, skipped)], skipped
    )
    refuse([f"{root}: the name {sample.place!a} is not UTF-8" for sample in samples if not is_utf8(sample.place)], "rename it")
    return samples


def class_folders(root: Path, skipped: Skipped) -> list[tuple[str, Path]]:
    """The folders of all classes, each with its split.

    Raises:
        UserError: where there are none, or the parts are not clear.
    """
    entries = entries_of(root, skipped)
    folders = [Path(entry) for entry in entries if entry.is_dir()]
    tops = {folder.name: folder for folder in folders if folder.name in PARTS}
    if not tops or (len(tops) < len(folders) and not holds_folders(tops.get("train"))):
        return [("train", folder) for folder in only_folders(root, entries, skipped)]
    if "train" not in tops:
        raise UserError(f"{root}: there is {', '.join(sorted(tops))} and no train; {LAYOUTS}")
    splits = [PARTS[name] for name in tops]
    if len(set(splits)) < len(splits):
        raise UserError(f"{root}: {' and '.join(sorted(set(tops) - {'train', 'test'}))} are the same part; keep one of them")
    for folder in folders:
        if folder.name not in PARTS:
            skipped.add(folder, "folders beside train")
    parts = sorted(tops.values(), key=lambda top: SPLITS.index(PARTS[top.name]))
    return [(PARTS[top.name], folder) for top in parts for folder in only_folders(top, entries_of(top, skipped), skipped)]


def entries_of(folder: Path, skipped: Skipped) -> list[os.DirEntry[str]]:
    """What is in a folder, by name.

    Raises:
        UserError: where it cannot be read.
    """
    try:
        return listed(folder, skipped)
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}; {LAYOUTS}") from None


def holds_folders(folder: Path | None) -> bool:
    """Whether there is a folder in it."""
    return folder is not None and any(entry.is_dir() for entry in entries_of(folder, Skipped()))


def only_folders(root: Path, entries: list[os.DirEntry[str]], skipped: Skipped) -> list[Path]:
    """The folders among what is in `root`, each a class.

    Raises:
        UserError: where there are none.
    """
    folders = [Path(entry) for entry in entries if entry.is_dir()]
    if not folders:
        raise UserError(f"{root}: no class in it; {LAYOUTS}")
    for entry in entries:
        if not entry.is_dir():
            skipped.add(entry, "files outside of a class")
    return folders


def samples_of(root: Path, split: str, folder: Path, skipped: Skipped) -> list[Sample]:
    """The images of a class in a split.

    Raises:
        UserError: where a folder in it cannot be read.
    """
    try:
        files = images_below(folder, skipped)
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; give yourself the right to read it, or take it out") from None
    if not files:
        skipped.add(folder, EMPTY)
    return [Sample(file, split, folder.name, file.path.relative_to(root).as_posix()) for file in files]


def once(samples: list[Sample], skipped: Skipped) -> list[Sample]:
    """Of samples that are the same file, by links, the one without a link, else the first."""
    found = dict[tuple[int, int], ImageFile]()
    for sample in samples:
        keep_once(sample.file, found, skipped)
    return [sample for sample in samples if found[sample.file.identity] is sample.file]


def is_utf8(text: str) -> bool:
    """Whether a name can be written down as text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_classes(root: Path, samples: list[Sample]) -> None:
    """Make sure that there are classes to tell apart, and that every part has those of the training part.

    Raises:
        UserError: where that is not so.
    """
    classes = {split: {sample.name for sample in samples if sample.split == split} for split in SPLITS}
    every = sorted(set().union(*classes.values()))
    if len(every) < 2:
        raise UserError(f"{root}: {f'only one class, {every[0]}' if every else 'no image'}; at least two are needed")
    if classes["test"] and (lone := classes["train"] ^ classes["test"]):
        raise UserError(f"{root}: every class needs a folder in train/ and in test/; only one of them has {', '.join(sorted(lone))}")
    if lone := classes["valid"] - classes["train"]:
        raise UserError(f"{root}: there is nothing in train/ to learn {', '.join(sorted(lone))} from, which stands in validation")
    alike = defaultdict[str, list[str]](list)
    for name in every:
        alike[normalize("NFC", name).strip()].append(name)
    for names in alike.values():
        if len(names) > 1:
            raise UserError(f"{root}: the classes {' and '.join(map(ascii, names))} look the same; give them one name, or two that differ")


def refuse(problems: Iterable[str], remedy: str) -> None:
    """Stop where there are problems.

    Raises:
        UserError: with a line for each of the first and, where there are several, their count.
    """
    problems = list(problems)
    if len(problems) == 1:
        raise UserError(f"{problems[0]}; {remedy}")
    if problems:
        more = [f"... and {len(problems) - SHOWN_PROBLEMS:,} more"] if len(problems) > SHOWN_PROBLEMS else []
        raise UserError("\n".join([f"{len(problems):,} problems (of each: {remedy})", *problems[:SHOWN_PROBLEMS], *more]))
