"""A plan file, as a stage reads it."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lightcnn.core.config import Strict
from lightcnn.core.errors import Fault
from lightcnn.core.files import read_json

Settings = TypeVar("Settings", bound=Strict)


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """The settings part of a plan file.

    Raises:
        Fault: where the file is missing, broken, or from another version of the code.
    """
    try:
        return kind.parse(read_json(path)["settings"])
    except (ValidationError, KeyError, TypeError):
        raise Fault(f"{path}: not a plan of this version; `dvc repro plan` makes it anew") from None
