"""dvc.lock: what DVC recorded of every stage."""

from pathlib import Path
from typing import Literal

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml


def read_lock(path: Path, kind: Literal["deps", "outs"] = "outs") -> dict[str, dict[str, str]]:
    """What dvc.lock records: of each stage its outputs, or its dependencies, path to MD5.

    Raises:
        UserError: where it is missing or not a lock file of DVC.
    """
    try:
        stages = read_yaml(path)["stages"]
        return {name: {file["path"]: str(file["md5"]) for file in stage.get(kind, [])} for name, stage in stages.items()}
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: not a lock file of DVC; `git restore {path.name}` or `dvc repro` brings it back") from None
