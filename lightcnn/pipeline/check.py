"""params.yaml, read and checked as a whole."""

from pathlib import Path

from pydantic import ValidationError

from lightcnn.core.errors import Fault
from lightcnn.core.files import read_yaml
from lightcnn.pipeline.params import Params

SWAP = "to swap a room on the command line: dvc exp run -S '~KEY' -S '+KEY={name: ..., ...}'"


def load_params(path: Path) -> Params:
    """Read params.yaml.

    Raises:
        Fault: with every fault found, one line each.
    """
    try:
        return Params.parse(read_yaml(path))
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]
        if any("unknown key" in line for line in lines):
            lines.append(SWAP)
        raise Fault("\n".join(["params are wrong", *lines])) from None
