"""`runtime:` of params.yaml: how the work is done, not what. It stands in no plan file, so that changing it re-runs nothing."""

import platform
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml

CPUINFO = Path("/proc/cpuinfo")


class Runtime(StrictModel):
    """Where to compute (auto: CUDA where there is one), with how many CPU threads (auto: one a core), and how to show progress.

    `compile` is torch.compile of the network in training (auto: on CUDA alone, where it replays the step as one graph).
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = "auto"
    compile: Literal["auto", "on", "off"] = "auto"
    progress: Literal["auto", "bar", "lines"] = "auto"


def read_runtime(path: Path = Path("params.yaml")) -> Runtime:
    """What a stage reads of params.yaml besides its plan; the defaults where there is no such file.

    Raises:
        UserError: where the section is wrong.
    """
    if not path.exists():
        return Runtime()
    try:
        return Runtime.from_plain(read_yaml(path).get("runtime", {}))
    except ValidationError as error:
        raise UserError(f"{path}: runtime: {error.errors()[0]['msg']}; `lightcnn check` says more") from None


def cpu_name() -> str:
    """The processor as Linux calls it, else whatever Python can say."""
    lines = CPUINFO.read_text("utf-8").splitlines() if CPUINFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
