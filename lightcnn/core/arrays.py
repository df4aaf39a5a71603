"""Read and write npz files: equal arrays give equal bytes, and nothing is unpickled."""

from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy import ndarray
from numpy.lib.format import write_array

from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_write

ZIP64 = 2**30
"""Bytes from which an array counts as large for zip: well under the 2 GiB that an entry may have otherwise, with its header."""


def write_arrays(path: Path, **arrays: ndarray) -> None:
    """Write named arrays, uncompressed: the same arrays give the same bytes on any machine."""
    # Not numpy's savez: what zip64 extensions it asks for, Python 3.11.3 and before wrote otherwise.
    with atomic_write(path) as part, ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=array.nbytes >= ZIP64) as entry:
                write_array(entry, array, allow_pickle=False)


def read_arrays(path: Path) -> dict[str, ndarray]:
    """Read named arrays; nothing is unpickled.

    Raises:
        UserError: where the file is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(f"{path}: missing; run `dvc repro`") from None
    except Exception as error:
        raise UserError(f"{path}: damaged ({error}); delete it and `dvc repro` recreates it") from None
