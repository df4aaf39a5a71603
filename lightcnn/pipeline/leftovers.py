"""Move outputs aside that belong to runs no longer in params.yaml."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from lightcnn.core.yaml import read_yaml

ASIDE = Path(".lightcnn/leftovers")
KINDS = ("train", "distill", "fuse", "export", "evaluate")


def gone(stages: Iterable[str], plans: Path) -> set[str]:
    """Which of the stages that dvc.lock names are for a run or a model that has no plan any more; stages of the user's own are none of them."""
    return {
        name
        for name in stages
        for kind, at, run in [name.partition("@")]
        if at and kind in KINDS and not (plans / kind / f"{run}.json").exists()
    }


def set_aside(root: Path, plans: Path) -> list[Path]:
    """Move what dvc.lock records of stages that are gone below ASIDE, and say which paths that were.

    A clone would not have them, and so would take the folders that they lie in for changed.
    """
    moved = []
    for path in _left(root, plans):
        target = root / ASIDE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():  # from the time before, and this command's own
            shutil.rmtree(target)
        shutil.move(root / path, target)
        moved.append(path)
        if not any((root / path.parent).iterdir()):
            (root / path.parent).rmdir()
    return moved


def _left(root: Path, plans: Path) -> Iterator[Path]:
    lock = root / "dvc.lock"
    stages = read_yaml(lock).get("stages", {}) if lock.exists() else {}
    outputs = {name: [Path(out["path"]) for out in stage.get("outs", ())] for name, stage in stages.items()}
    left = gone(stages, plans)
    wanted = {path for name, paths in outputs.items() if name not in left for path in paths}
    for name in sorted(left):
        yield from (path for path in outputs[name] if path not in wanted and (root / path).exists())
