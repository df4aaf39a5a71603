"""Base class of JSON files that are checked when they are read."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json


class Record(StrictModel):
    """Base of JSON files; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore")


Kind = TypeVar("Kind", bound=Record)
Count = Annotated[int, Field(ge=0)]


def read_record(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file of a known form.

    Raises:
        UserError: where it is missing or of another form.
    """
    try:
        return kind.from_plain(read_json(path))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: not of this version (at {place!r}); delete it and `dvc repro` recreates it") from None
