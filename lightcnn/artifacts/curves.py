"""reports/curves/RUN/SEED.tsv: the learning curve of one seed, one row for each epoch."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes

COLUMNS = ("epoch", "phase", "unfrozen", "lr", "train_loss", "valid_nll", "valid_top1")


class Curve(NamedTuple):
    """How one seed trained, epoch by epoch; `unfrozen` is what the epoch's phase set free.

    The validation columns are NaN all through (empty in the file) where the validation images were trained on.
    """

    phase: Int[ndarray, "epoch"]
    unfrozen: tuple[str, ...]
    train_loss: Float[ndarray, "epoch"]
    valid_nll: Float[ndarray, "epoch"]
    valid_top1: Float[ndarray, "epoch"]

    @property
    def is_validated(self) -> bool:
        """Whether there are validation scores."""
        return bool(np.isfinite(self.valid_top1).all())


Curves = list[Curve]
"""One for each seed of a run."""


def write_curve(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of `COLUMNS` as tab-separated values, floats to nine digits (float32 whole), None as nothing."""
    # Not core/tables.py: an edit there would make every training stale.
    cells = [[_cell(row[key]) for key in COLUMNS] for row in rows]
    write_bytes(path, "".join("\t".join(line) + "\n" for line in (COLUMNS, *cells)).encode())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def read_curves(folder: Path, seeds: Iterable[int]) -> Curves:
    """Read the curves of a run's seeds, and of no others that lie there; a run that needed no training has none.

    Raises:
        UserError: where a file is missing or damaged.
    """
    return [curve for seed in seeds if len((curve := _read(folder / f"{seed}.tsv")).phase)]


def _read(path: Path) -> Curve:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", strict=True))
        losses = (
            np.array([float("nan" if row[key] == "" else row[key]) for row in rows]) for key in ("train_loss", "valid_nll", "valid_top1")
        )
        curve = Curve(np.array([int(row["phase"]) for row in rows], np.int64), tuple(row["unfrozen"] for row in rows), *losses)
        is_whole = all(None not in row for row in rows) and [row["epoch"] for row in rows] == [
            str(epoch) for epoch in range(1, len(rows) + 1)
        ]
    except FileNotFoundError:
        raise UserError(f"{path}: missing; run `dvc repro`") from None
    except (csv.Error, KeyError, ValueError, TypeError):
        is_whole = False
    if not is_whole or not _is_measured(curve) or (curve.phase < 1).any():
        raise UserError(f"{path}: not a curve of this version; delete it and `dvc repro` recreates it")
    return curve


def _is_measured(curve: Curve) -> bool:
    """Whether each epoch has its numbers: those of validation in all epochs, or in none."""
    valid = np.isfinite([curve.valid_nll, curve.valid_top1])
    return bool(np.isfinite(curve.train_loss).all() and (valid.all() or np.isnan([curve.valid_nll, curve.valid_top1]).all()))
