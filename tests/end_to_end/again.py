"""A finished run that is made once more, and disturbed on the way."""

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import NamedTuple

from lightcnn.core.tables import read_table
from lightcnn.core.yaml import read_yaml
from tests.end_to_end.pipe import Pipe

EPOCH = re.compile(r" epoch \d+/\d+ ")
Process = subprocess.Popen[str]


class Again(NamedTuple):
    """A run to make again: its stage, and what is left of it where nothing disturbs it."""

    pipe: Pipe
    stage: str
    command: list[str]
    epochs: int
    undisturbed: dict[str, str]

    @classmethod
    def of(cls, pipe: Pipe, stage: str) -> "Again":
        """Forget the results of a finished run."""
        command = shlex.split(read_yaml(pipe.folder / "dvc.lock")["stages"][stage]["cmd"])
        folders = folders_of(pipe, stage)
        epochs = sum(len(read_table(curve)) for curve in folders[1].iterdir())
        undisturbed = results(pipe, stage)
        for folder in folders:
            shutil.rmtree(folder)
        return cls(pipe, stage, command, epochs, undisturbed)

    @property
    def repro(self) -> list[str]:
        """The same through dvc."""
        return [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", self.stage]

    def reach(self, process: Process, moment: Random) -> str:
        """Read what a process says up to a random moment of its training, the first epoch and the last left out."""
        said, seconds = follow(process, moment.randint(2, self.epochs - 2))
        time.sleep(moment.random() * seconds)
        return said

    def goes_on(self, said: str) -> None:
        """Run it to its end: no epoch that was finished is trained twice, and every byte is that of the undisturbed run."""
        done = self.pipe.run(*self.command)
        assert done.code == 0, done.text
        self.is_whole(said + done.text)

    def is_whole(self, said: str) -> None:
        """What several processes said and left together amounts to one undisturbed run; one epoch may have been cut off before it told."""
        assert epochs_in(said) in (self.epochs, self.epochs - 1), said
        assert results(self.pipe, self.stage) == self.undisturbed


def folders_of(pipe: Pipe, stage: str) -> tuple[Path, Path]:
    """Where a run and its curves lie."""
    run = stage.partition("@")[2]
    return pipe.folder / "runs" / run, pipe.folder / "reports/curves" / run


def results(pipe: Pipe, stage: str) -> dict[str, str]:
    """Name to hash of what a run leaves, but for the record of machine and time, and for what DVC passes over."""
    paths = [path for folder in folders_of(pipe, stage) for path in folder.glob("[!.]*") if path.name != "metadata.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def epochs_in(said: str) -> int:
    """How many epochs were told to be done."""
    return len(EPOCH.findall(said))


def follow(process: Process, epochs: int) -> tuple[str, float]:
    """Read what a training says until so many epochs are done, two at least; with it, the seconds that the last of them took."""
    assert process.stdout is not None
    said, before, now = "", 0.0, 0.0
    for line in process.stdout:
        said += line
        if EPOCH.search(line):
            before, now = now, time.monotonic()
            if epochs_in(said) == epochs:
                return said, now - before
    raise AssertionError(f"ended before epoch {epochs}: {said}")
