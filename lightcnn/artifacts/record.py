"""What every JSON file that a stage leaves for others has in common: it is checked when it is read."""

from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, ValidationError

from lightcnn.core.config import Strict
from lightcnn.core.errors import Fault
from lightcnn.core.files import read_json


class Record(Strict):
    """Base of JSON files; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore")


Kind = TypeVar("Kind", bound=Record)


def read_record(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file of a known form.

    Raises:
        Fault: where it is missing or of another form.
    """
    try:
        return kind.parse(read_json(path))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise Fault(f"{path}: not of this version (at {place!r}); delete it and `dvc repro` makes it anew") from None
