"""Save and restore checkpoints, and lock a run against a second writer.

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
from typing import Any, Self, TextIO

import torch

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes

SCRATCH = Path(".lightcnn")
SHARED = "LIGHTCNN_SEEDS"
"""The variable that names another folder for all of this, which machines may share."""
DIGEST_BYTES = hashlib.sha256().digest_size
ANEW = "delete it, and this seed is trained from its beginning"


def scratch() -> Path:
    """The folder of checkpoints and locks."""
    return Path(os.environ.get(SHARED) or SCRATCH)


class Checkpoints:
    """The checkpoints of one run, a file a seed, and a file of what is left of a seed in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def for_inputs(cls, name: str, inputs: Iterable[Path]) -> Self:
        """Those made from exactly these input files, in whatever order."""
        digest = hashlib.sha256()
        for path in sorted(inputs):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return cls(scratch() / "checkpoints" / f"{name}-{digest.hexdigest()[:32]}")

    def save(self, seed: int, state: dict[str, Any]) -> None:
        """Replace a seed's checkpoint, whole or not at all; its SHA-256 stands at its end."""
        _write(self.path(seed), state)

    def load(self, seed: int, device: torch.device) -> dict[str, Any] | None:
        """A seed's checkpoint, if there is one; only tensors and plain containers are unpickled.

        Raises:
            UserError: where it is damaged, were it by a single bit.
        """
        return _read(self.path(seed), device)

    def finish(self, seed: int, result: dict[str, Any]) -> None:
        """Keep what is left of a seed that was trained to its end, instead of its checkpoint."""
        _write(self.finished_path(seed), result)
        self.path(seed).unlink(missing_ok=True)

    def finished(self, seed: int, device: torch.device) -> dict[str, Any] | None:
        """What `finish` kept of a seed, read as `load` reads."""
        return _read(self.finished_path(seed), device)

    def path(self, seed: int) -> Path:
        """Where a seed's checkpoint lies."""
        return self.folder / f"{seed}.pt"

    def finished_path(self, seed: int) -> Path:
        """Where a finished seed lies."""
        return self.folder / f"{seed}.finished"

    def clear(self) -> None:
        """Forget them all: the run is finished. In a folder that others share they stay, for them."""
        if not os.environ.get(SHARED):
            shutil.rmtree(self.folder, ignore_errors=True)


def _write(path: Path, state: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getvalue()
    write_bytes(path, content + hashlib.sha256(content).digest())


def _read(path: Path, device: torch.device) -> dict[str, Any] | None:
    if not path.exists():
        return None
    whole = path.read_bytes()
    content, digest = whole[:-DIGEST_BYTES], whole[-DIGEST_BYTES:]
    try:
        if hashlib.sha256(content).digest() != digest:
            raise EOFError
        return torch.load(io.BytesIO(content), map_location=device, weights_only=True)
    except (EOFError, RuntimeError, UnpicklingError):
        raise UserError(f"{path}: damaged; {ANEW}") from None


@contextmanager
def run_lock(name: str) -> Iterator["Writer"]:
    """Be the only process that writes the run `name`, waiting for another that still does: a killed dvc leaves its stage at work.

    Raises:
        UserError: where the file system has no locks.
    """
    folder = scratch() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / f"{name}.waiting"
    with (folder / f"{name}.lock").open("a+", encoding="ascii", errors="replace") as lock:
        if not _taken(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            waiting.touch()
            lock.seek(0)
            holder = lock.read().strip()
            who = f"process {holder}" if holder.isdecimal() else "another process"
            print(f"{name}: {who} is still training this run; waiting for it (stop it to continue at once)", flush=True)
            _taken(lock, fcntl.LOCK_EX)
        waiting.unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield Writer(waiting)


def _taken(lock: TextIO, how: int) -> bool:
    """Take a lock, if it is to be had."""
    try:
        fcntl.flock(lock, how)
    except BlockingIOError:
        return False
    except OSError as error:
        raise UserError(f"{lock.name}: this file system has no file locks ({error.strerror}); use another one") from None
    return True


class Writer:
    """The holder of a run's lock."""

    def __init__(self, waiting: Path) -> None:
        self._waiting = waiting

    @property
    def is_contended(self) -> bool:
        """Whether another process waits to take this run over; it will want the checkpoints."""
        return self._waiting.exists()
