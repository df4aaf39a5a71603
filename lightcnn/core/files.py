"""The files that stages hand to one another: their formats, and writing them whole or not at all.

No torch in here: half of the stages do without it (trained runs are in `runs.py`).
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar
from zipfile import ZipFile, ZipInfo

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray
from numpy.lib.format import write_array
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from lightcnn.core.config import Strict
from lightcnn.core.errors import Fault

Settings = TypeVar("Settings", bound=Strict)
ZIP64 = 2**30
"""Bytes from which an array is told to zip as large: well under the 2 GiB that an entry may have otherwise, with its header."""


class Meta(Strict):
    """data/prepared/meta.json: what is true of a data set as a whole.

    `mean` and `std` are those of the training split, per channel, for pixels scaled to 0..1.
    """

    name: str
    classes: tuple[str, ...]
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    counts: dict[str, int]


class Arrays(NamedTuple):
    """One split as it lies on disk."""

    images: UInt8[ndarray, "image height width channel"]
    labels: Int[ndarray, "image"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a file beside `path` to write to, and move it there once it is whole; a failure leaves `path` as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    try:
        with _naming(path):
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Lend an empty folder to fill, and put it in the place of `path` once it is whole; a failure leaves `path` as it was."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _naming(path), TemporaryDirectory(prefix=f".{path.name}.part", dir=path.parent, ignore_cleanup_errors=True) as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        new.mkdir()
        yield new
        try:
            if path.exists():
                path.rename(old)
            new.rename(path)
        except BaseException:
            if old.exists() and not path.exists():
                old.rename(path)
            raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Have an error of the disk name `path` in the place of what was written for it: a full disk names nothing at all."""
    part = f".{path.name}.part"
    try:
        yield
    except OSError as error:
        if error.errno and part in str(error.filename or part):
            error.filename = str(path)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with replacing(path) as part:
        part.write_bytes(content)


def write_json(path: Path, content: Any) -> None:
    """Write plain data as JSON that reads well in a diff: keys in the order given, a newline at the end."""
    write_bytes(path, (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Read plain data.

    Raises:
        Fault: where there is no such file or it is no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Fault(f"{path}: not there; `dvc repro` makes it") from None
    except ValueError as error:
        raise Fault(f"{path}: not readable as JSON ({error}); delete it and `dvc repro` makes it anew") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping exactly as DVC does (YAML 1.2).

    Raises:
        Fault: where it is no YAML mapping, or uses anchors, which make `dvc exp run -S` change nothing and say nothing.
    """
    try:
        text = path.read_text("utf-8")
        for event in YAML(typ="safe").parse(text):
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1
                raise Fault(
                    f"{path}: line {line}: anchors and aliases are refused (`dvc exp run -S` would pass over them); write the value out"
                )
        content = YAML(typ="safe").load(text)
    except FileNotFoundError:
        raise Fault(f"{path}: not there") from None
    except (YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise Fault(f"{path}: no valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise Fault(f"{path}: a mapping is wanted")
    return content


def as_yaml(content: dict[str, Any]) -> str:
    """Plain data as YAML, as one would write params.yaml."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    yaml.dump(content, text)
    return text.getvalue()


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """The settings part of a plan file.

    Raises:
        Fault: where the file is missing, broken, or from another version of the code.
    """
    try:
        return kind.parse(read_json(path)["settings"])
    except (ValidationError, KeyError, TypeError):
        raise Fault(f"{path}: not a plan of this version; `dvc repro plan` makes it anew") from None


def read_meta(folder: Path) -> Meta:
    """meta.json of a prepared data set.

    Raises:
        Fault: where it is missing or not of this form.
    """
    try:
        return Meta.parse(read_json(folder / "meta.json"))
    except ValidationError:
        raise Fault(f"{folder / 'meta.json'}: not of this version; `dvc repro prepare` makes it anew") from None


def read_sources(root: Path) -> dict[str, bytes]:
    """The project's own code and the package data beside it: path to content."""
    files = (path for folder in ("lightcnn", "stages") for path in (root / folder).rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in files
        if "__pycache__" not in path.parts and not path.name.startswith(".") and not path.name.endswith("~")
    }


def write_arrays(path: Path, **arrays: ndarray) -> None:
    """Write named arrays, uncompressed: the same arrays give the same bytes on any machine."""
    # Not numpy's savez: what zip64 extensions it asks for, Python 3.11.3 and before wrote otherwise.
    with replacing(path) as part, ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=array.nbytes >= ZIP64) as entry:
                write_array(entry, array, allow_pickle=False)


def read_arrays(path: Path) -> dict[str, ndarray]:
    """Read named arrays; nothing is unpickled.

    Raises:
        Fault: where the file is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise Fault(f"{path}: not there; `dvc repro` makes it") from None
    except Exception as error:
        raise Fault(f"{path}: damaged ({error}); delete it and `dvc repro` makes it anew") from None


def read_split(folder: Path, split: str) -> Arrays:
    """One prepared split: `train`, `valid` or `test`.

    Raises:
        Fault: where the file is missing, damaged, or another one.
    """
    path = folder / f"{split}.npz"
    arrays = read_arrays(path)
    try:
        return Arrays(arrays["images"], arrays["labels"])
    except KeyError as error:
        raise Fault(f"{path}: holds no {error}; `dvc repro prepare` makes it anew") from None


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as tab-separated values, floats to nine digits (float32 whole)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: f"{value:.9g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    write_bytes(path, text.getvalue().encode())


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of tab-separated values, as text."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))
