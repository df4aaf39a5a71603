"""Read and write tab-separated tables."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as tab-separated values, floats to nine digits (float32 whole)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: f"{value:.9g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    write_bytes(path, text.getvalue().encode())


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of tab-separated values, as text.

    Raises:
        UserError: where it is no such table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and `dvc repro` recreates it") from None
    if any(None in row or None in row.values() for row in rows):
        raise UserError(f"{path}: damaged (a row of another length than its header); delete it and `dvc repro` recreates it")
    return rows
