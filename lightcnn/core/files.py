"""Write files atomically; read and write JSON."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from lightcnn.core.errors import UserError

LITTER = (".DS_Store", "Thumbs.db", ".gitignore")
"""What file managers and DVC leave in folders."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Lend a file beside `path` to write to, and move it there once it is whole; a failure leaves `path` as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    try:
        with _with_target_name(path):
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, made: Sequence[str] = ("*",)) -> Iterator[Path]:
    """Lend an empty folder to fill, and put it instead of `path` once it is whole; a failure leaves `path` as it was.

    Args:
        made: patterns of the files that `path` may hold by now, since the caller has made them: `*.json`, `*/model.onnx`.

    Raises:
        UserError: where `path` holds anything else, which would be lost.
    """
    if (foreign := _foreign(path, made)) is not None:
        raise UserError(f"{foreign}: not of this command's making, and {path} is to be made anew; move it away, or name another folder")
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _with_target_name(path), TemporaryDirectory(prefix=f".{path.name}.part", dir=path.parent, ignore_cleanup_errors=True) as scratch:
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


def _foreign(folder: Path, made: Sequence[str]) -> Path | None:
    """Some file in `folder` that no pattern fits, if there is one; `folder` itself where it is a file."""
    wanted = [PurePath(pattern).parts for pattern in made]
    if folder.is_file():
        return folder
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        fits = any(len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern)) for pattern in wanted)
        if not (fits or path.name in LITTER or (path.is_dir() and not path.is_symlink())):
            return path
    return None


@contextmanager
def _with_target_name(path: Path) -> Iterator[None]:
    """Have an error of the disk name `path` instead of what was written for it: a full disk names nothing at all."""
    part = f".{path.name}.part"
    try:
        yield
    except OSError as error:
        if error.errno and part in str(error.filename or part):
            error.filename = str(path)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with atomic_write(path) as part:
        part.write_bytes(content)


def as_json(content: Any) -> bytes:
    """Plain data as JSON that reads well in a diff: keys in the order given, a newline at the end."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def write_json(path: Path, content: Any) -> None:
    """Write plain data as `as_json` has it."""
    write_bytes(path, as_json(content))


def read_json(path: Path) -> Any:
    """Read plain data.

    Raises:
        UserError: where there is no such file or it is no JSON.
    """
    try:
        return parse_json(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; run `dvc repro`") from None
    except ValueError as error:
        raise UserError(f"{path}: not readable as JSON ({error}); delete it and `dvc repro` recreates it") from None


def parse_json(text: str) -> Any:
    """Parse JSON.

    Raises:
        ValueError: where it is none, is nested too deep, or has characters that no file can hold.
    """
    try:
        content = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if "\\ud" in text.lower():  # an escape may stand for half a character
        json.dumps(content, ensure_ascii=False).encode()
    return content


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """A tree of settings as dotted key to value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None or not value:
        return {path: value}
    return {key: leaf for name, item in items for key, leaf in flatten(item, f"{path}.{name}" if path else str(name)).items()}
