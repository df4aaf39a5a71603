"""A plan file, as a stage reads it."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json

Settings = TypeVar("Settings", bound=StrictModel)


def read_plan(path: Path, kind: type[Settings]) -> tuple[str, Settings]:
    """Read a plan file: the run or model that it is for, or the stage where there is just one task, and its settings.

    Raises:
        UserError: where the file is missing, broken, or from another version of the code.
    """
    try:
        plan = read_json(path)
        return plan["name"] or plan["stage"], kind.from_plain(plan["settings"])
    except (ValidationError, KeyError, TypeError):
        raise UserError(f"{path}: not a plan of this version; `dvc repro plan` makes it anew") from None
