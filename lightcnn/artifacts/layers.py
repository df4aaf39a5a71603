"""reports/cost/MODEL.tsv: the layers of a network, in the order in which they run."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lightcnn.core.errors import UserError
from lightcnn.core.tables import read_table, write_table


class Layer(NamedTuple):
    """One layer, or where maps come together. `shape` is that of its output for one image, empty for a layer that never runs."""

    path: str
    kind: str
    shape: str
    parameters: int


def write_layers(path: Path, layers: Iterable[Layer]) -> None:
    """Write the layers of a network."""
    write_table(path, Layer._fields, [layer._asdict() for layer in layers])


def read_layers(path: Path) -> tuple[Layer, ...]:
    """Read the layers of a network.

    Raises:
        UserError: where the file is missing or damaged.
    """
    try:
        return tuple(Layer(row["path"], row["kind"], row["shape"], int(row["parameters"])) for row in read_table(path))
    except (OSError, KeyError, ValueError, TypeError):
        raise UserError(f"{path}: no layers of this version there; `dvc repro` recreates it") from None
