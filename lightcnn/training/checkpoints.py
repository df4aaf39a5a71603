"""Checkpoints that a killed training goes on from, and the lock that keeps a second writer away.

They lie outside DVC's outputs, in a folder named by the fingerprint of everything that the run depends on: what was
saved under other settings, code or data is never found.
"""

import fcntl
import hashlib
import io
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Self

import torch

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes

SCRATCH = Path(".lightcnn")


class Checkpoints:
    """The checkpoints of one run, a file a seed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def for_inputs(cls, name: str, inputs: Iterable[Path]) -> Self:
        """Those made from exactly these input files."""
        digest = hashlib.sha256()
        for path in inputs:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return cls(SCRATCH / "checkpoints" / f"{name}-{digest.hexdigest()[:32]}")

    def save(self, seed: int, state: dict[str, Any]) -> None:
        """Replace a seed's checkpoint, whole or not at all."""
        content = io.BytesIO()
        torch.save(state, content)
        write_bytes(self.folder / f"{seed}.pt", content.getvalue())

    def load(self, seed: int, device: torch.device) -> dict[str, Any] | None:
        """A seed's checkpoint, if there is one; only tensors and plain containers are unpickled.

        Raises:
            UserError: where it is damaged.
        """
        path = self.folder / f"{seed}.pt"
        if not path.exists():
            return None
        try:
            return torch.load(path, map_location=device, weights_only=True)
        except (EOFError, RuntimeError, UnpicklingError):
            raise UserError(f"{path}: damaged; delete it, and this seed is trained from its beginning") from None

    def clear(self) -> None:
        """Forget them all: the run is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def run_lock(name: str) -> Iterator["Writer"]:
    """Be the only process that writes the run `name`, waiting for another that still does: a killed dvc leaves its stage at work."""
    folder = SCRATCH / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / f"{name}.waiting"
    with (folder / f"{name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting.touch()
            lock.seek(0)
            print(
                f"{name}: process {lock.read().strip()} is still at work on this run; waiting for it (kill it to go on at once)", flush=True
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        waiting.unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield Writer(waiting)


class Writer:
    """The holder of a run's lock."""

    def __init__(self, waiting: Path) -> None:
        self._waiting = waiting

    @property
    def is_contended(self) -> bool:
        """Whether another process waits to take this run over; it will want the checkpoints."""
        return self._waiting.exists()
