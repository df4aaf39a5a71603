"""Where the images of a project lie on this machine, and which there were at the last look: kept beside params.yaml, and out of git."""

import os
from pathlib import Path
from typing import NamedTuple

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json

VARIABLE = "LIGHTCNN_DATA_ROOT"
"""The variable that names the data of any data set; it wins."""
FILE = Path(".lightcnn/images.json")
RENEW = "note it with `lightcnn init FOLDER --update --images PATH`"


class Noted(NamedTuple):
    """A folder of images or a list of them, and what each image was called, with the SHA-256 of its content."""

    root: Path
    files: dict[str, str]


def read_noted(project: Path) -> Noted | None:
    """What a project has noted; None where it has not.

    Raises:
        UserError: where that is not of this form.
    """
    path = project / FILE
    if not path.exists():
        return None
    content = read_json(path)
    try:
        return Noted(Path(content["root"]), dict(content["files"]))
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{path}: not of this version; {RENEW}") from None


def write_noted(project: Path, noted: Noted) -> None:
    """Have a project note it."""
    write_json(project / FILE, {"root": str(noted.root.absolute()), "files": noted.files})


def from_variable(project: Path) -> Path | None:
    """What the variable names, below the project where it is relative; None where it is not set."""
    # Where there is no such user, Path.expanduser raises; this leaves the ~ alone.
    return Path(project, os.path.expanduser(named)) if (named := os.environ.get(VARIABLE)) else None  # noqa: PTH111


def root_of(project: Path) -> Path:
    """Where the images of a project are: what the variable names, else what is noted.

    Raises:
        UserError: where that is nothing, or no longer there.
    """
    noted = read_noted(project)
    path = from_variable(project) or (noted.root if noted else None)
    if path is None:
        raise UserError(f"{VARIABLE}=: no such folder; name one that has the images, or a list of them; or {RENEW}")
    if not path.exists():
        raise UserError(f"{path}: no such folder or list; set {VARIABLE} to another, or {RENEW}")
    return path
