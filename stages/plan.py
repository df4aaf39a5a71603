"""Check params.yaml, and write the plan file of every other stage."""

import gc
from pathlib import Path
from typing import Any

from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, read_json, write_json
from lightcnn.pipeline.fingerprints import read_sources

MADE = (
    *(f"{stage}.json" for stage in ("fetch", "prepare", "latency", "claims", "figures", "report")),
    *(f"{stage}/*.json" for stage in ("train", "distill", "fuse", "export", "evaluate")),
)
LAST = Path(".lightcnn/plan.json")
SHOWN = 40
KEYS = {"stage", "name", "settings", "code"}


def main(params: Path = Path("params.yaml"), out: Path = Path("plan")) -> None:
    """Write OUT/STAGE/NAME.json for every stage: its effective settings, and the hashes of the code that it can reach.

    A wrong key stops here, before any work, with every error on a line of its own.
    """
    from lightcnn.pipeline.leftovers import ASIDE, set_aside
    from lightcnn.pipeline.params import load_params
    from lightcnn.pipeline.plan import describe_changes, plan_files

    files = plan_files(load_params(params), read_sources())
    before = _last()
    with atomic_folder(out, MADE) as folder:
        for path, plan in files.items():
            write_json(folder / path, plan)
    write_json(LAST, files)
    for left in set_aside(Path(), out):
        print(f"{left}: of a run or a model that params.yaml no longer lists; moved to {ASIDE / left}")
    _say(describe_changes(before, files) if before else [f"{len(files)} plans written, the first in this folder"], files)


def _last() -> dict[str, Any]:
    """The plans of the last time, to say what changed; none where there are none.

    Raises:
        UserError: where they are not of this form.
    """
    plans = read_json(LAST) if LAST.exists() else {}
    if not (isinstance(plans, dict) and all(isinstance(plan, dict) and plan.keys() >= KEYS for plan in plans.values())):
        raise UserError(f"{LAST}: not of this version; delete it and `dvc repro` recreates it")
    return plans


def _say(lines: list[str], files: dict[str, Any]) -> None:
    for line in lines[:SHOWN] or [f"{len(files)} plans, none changed"]:
        print(line)
    if len(lines) > SHOWN:
        print(f"... and {len(lines) - SHOWN} more changes")


if __name__ == "__main__":
    # The imports in `main` make a million objects that stay: looking for garbage among them takes a quarter of the time.
    gc.disable()
    run(main)
