"""Read a plan file at the start of a stage."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.pipeline.fingerprints import edited_since

Settings = TypeVar("Settings", bound=StrictModel)


def read_plan(path: Path, kind: type[Settings]) -> tuple[str, Settings]:
    """Read a plan file at the start of a stage: the run or model that it is for, or the stage where there is just one task, and its settings.

    Raises:
        UserError: where the file is missing, broken, from another version of the code, or from other code than runs here.
    """
    try:
        plan = read_json(path)
        found = plan["name"] or plan["stage"], kind.from_plain(plan["settings"])
        edited = edited_since(plan["code"])
    except (ValidationError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: not a plan of this version; `dvc repro plan` recreates it") from None
    if edited:
        raise UserError(f"{path}: planned with other code than is imported here ({edited}); `dvc repro plan` recreates it")
    return found
