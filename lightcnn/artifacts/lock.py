"""dvc.lock: DVC's record of what every stage made."""

from pathlib import Path

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml


def read_lock(path: Path) -> dict[str, dict[str, str]]:
    """What dvc.lock records: of each stage its outputs, path to MD5.

    Raises:
        UserError: where it is missing or no lock file of DVC.
    """
    try:
        stages = read_yaml(path)["stages"]
        return {name: {out["path"]: str(out["md5"]) for out in stage.get("outs", [])} for name, stage in stages.items()}
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: no lock file of DVC; `git restore {path.name}` or `dvc repro` brings it back") from None
