"""Optuna's journal file, made safe for several workers, full disks and kills."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from lightcnn.core.errors import UserError


class Journal(JournalFileBackend):
    """Optuna's journal, a record a line. What was not written whole is taken back before anything is written after it.

    Nobody was promised that it is kept, so no trial that came to its end is lost with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # The lock that Optuna takes by itself is a link, which leads nowhere from another folder and then is never released after a kill.
        super().__init__(str(path), JournalFileOpenLock(str(path)))
        with self._held():
            os.truncate(path, whole(path.read_bytes(), path))

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write records; where that fails, the file is as it was."""
        lines = "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in logs)
        with self._held():
            end = self.path.read_bytes().rfind(b"\n") + 1
            os.truncate(self.path, end)
            try:
                with self.path.open("ab") as file:
                    file.write(lines.encode())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                os.truncate(self.path, end)
                error.filename = str(self.path)
                raise

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Be the only one that changes the file."""
        self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()


def whole(content: bytes, path: Path) -> int:
    """How many bytes of a journal are whole records: all of it but a tail that is none.

    Raises:
        UserError: where a record comes after what is none.
    """
    lines = content.splitlines(keepends=True)
    are_records = [_is_record(line) for line in lines]
    count = are_records.index(False) if False in are_records else len(lines)
    if any(are_records[count:]):
        raise UserError(f"{path}: damaged (line {count + 1} is no record); delete it, and the search starts over")
    return sum(map(len, lines[:count]))


def _is_record(line: bytes) -> bool:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return line.endswith(b"\n") and isinstance(record, dict) and isinstance(record.get("op_code"), int)
