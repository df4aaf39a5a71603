"""A plan file, as a stage reads it."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json

Settings = TypeVar("Settings", bound=StrictModel)


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """The settings part of a plan file.

    Raises:
        UserError: where the file is missing, broken, or from another version of the code.
    """
    try:
        return kind.from_plain(read_json(path)["settings"])
    except (ValidationError, KeyError, TypeError):
        raise UserError(f"{path}: not a plan of this version; `dvc repro plan` makes it anew") from None
