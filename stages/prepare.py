"""Decode a data set, draw its validation split, and measure mean and deviation."""

from pathlib import Path

from lightcnn.core import registry
from lightcnn.core.arrays import write_arrays
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, write_json
from lightcnn.data.datasets._official import RawData
from lightcnn.data.held_out import warning
from lightcnn.data.prepare import prepared
from lightcnn.data.settings import DataConfig
from lightcnn.pipeline.plan_file import read_plan

MADE = ("train.npz", "valid.npz", "test.npz", "meta.json")


def main(plan: Path, raw: Path = Path("data/raw"), out: Path = Path("data/prepared")) -> None:
    """Write train.npz, valid.npz, test.npz and meta.json from the official files; the same bytes each time."""
    settings = read_plan(plan, DataConfig)[1]
    name = settings.dataset.name
    print(f"{name}: reading {raw}", flush=True)
    splits, meta = prepared(read(name, raw), settings)
    with atomic_folder(out, MADE) as folder:
        for split, arrays in splits.items():
            write_arrays(folder / f"{split}.npz", **arrays._asdict())
        write_json(folder / "meta.json", meta.to_plain())
    counts = ", ".join(f"{count} {split}" for split, count in meta.counts.items())
    print(f"{name}: {counts} images of {meta.size} x {meta.size} pixels in {out}")
    if text := warning(meta.counts["valid"]):
        print(f"{name}: {text}")


def read(name: str, raw: Path) -> RawData:
    """Decode the files that fetch brought.

    Raises:
        UserError: where one is missing or damaged.
    """
    try:
        return registry.load("datasets", name).read(raw)
    except UserError as problem:
        raise UserError(f"{raw}: {problem}; `dvc repro --force --single-item fetch` fetches it again") from None


if __name__ == "__main__":
    run(main)
