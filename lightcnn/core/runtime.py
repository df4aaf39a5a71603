"""`runtime:` of params.yaml: settings that change how a stage runs, not what it computes."""

import os
import platform
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.threads import THREADS, cores
from lightcnn.core.yaml import read_yaml

CPUINFO = Path("/proc/cpuinfo")
Count = Annotated[int, Field(ge=1, le=1024)]


class Runtime(StrictModel):
    """Where to compute (auto: CUDA where there is one), on how many processes and threads, and how to show progress.

    `workers` is how many seeds are trained side by side (auto: one a core on a CPU, one on CUDA), each on so many `threads`, which
    results depend on to the last bit. `compile` is torch.compile of the network in training (auto: on CUDA alone, where it replays
    the step as one graph).
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    workers: Count | Literal["auto"] = "auto"
    threads: Count = 1
    compile: Literal["auto", "on", "off"] = "auto"
    progress: Literal["auto", "bar", "lines"] = "auto"

    def workers_for(self, tasks: int, *, on_cuda: bool) -> int:
        """How many processes so many tasks are spread over: never more than there are tasks, one at least."""
        most = self.workers if self.workers != "auto" else 1 if on_cuda else cores() // self.threads
        return max(1, min(most, tasks))


def read_runtime(path: Path = Path("params.yaml")) -> Runtime:
    """What a stage reads of params.yaml besides its plan, and of the environment; the defaults where there is no such file.

    Raises:
        UserError: where the section is wrong.
    """
    found = read_yaml(path).get("runtime", {}) if path.exists() else {}
    try:
        if isinstance(found, dict) and (threads := os.environ.get(THREADS, "")).isdecimal():
            found = {**found, "threads": int(threads)}
        return Runtime.from_plain(found)
    except ValidationError as error:
        raise UserError(f"{path}: runtime: {error.errors()[0]['msg']}; `lightcnn check` says more") from None


def cpu_name() -> str:
    """The processor as Linux calls it, else whatever Python can say."""
    lines = CPUINFO.read_text("utf-8").splitlines() if CPUINFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
