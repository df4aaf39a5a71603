"""Commands side by side on this machine, each in a process of its own: the transport of tasks, which knows nothing of what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from tempfile import TemporaryFile
from typing import NamedTuple, Self

from lightcnn.core.command import TIED
from lightcnn.core.threads import thread_environment


class Task(NamedTuple):
    """Work to be done somewhere: a name for people, and the command that does it."""

    name: str
    command: tuple[str, ...]


class Done(NamedTuple):
    """A task that ended, and the seconds of its process; `problem` says why it failed, where it did."""

    task: Task
    problem: str | None
    seconds: float


class Pool:
    """So many workers, each of which carries out one task at a time. Whatever ends this process ends theirs.

    Args:
        workers: how many tasks are carried out at once.
        threads: CPU threads of each.
        tell: called with each line that a task says, from any thread.
    """

    def __init__(self, workers: int, threads: int, tell: Callable[[str], None]) -> None:
        self._executor = ThreadPoolExecutor(workers)
        self._tell, self._environment = tell, {**os.environ, **thread_environment(threads), TIED: "1", "PYTHONUNBUFFERED": "1"}
        self._waiting: set[Future[Done]] = set()
        self._running: set[subprocess.Popen[str]] = set()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in tuple(self._running):
            process.terminate()
        self._executor.shutdown()

    def submit(self, task: Task) -> None:
        """Have a task carried out as soon as a worker is free."""
        self._waiting.add(self._executor.submit(self._carry_out, task))

    @property
    def is_busy(self) -> bool:
        """Whether any task that was submitted has not been given back yet."""
        return bool(self._waiting)

    def wait(self) -> list[Done]:
        """Those that ended since the last time, one at least."""
        ended, self._waiting = wait(self._waiting, return_when=FIRST_COMPLETED)
        return [future.result() for future in ended]

    def _carry_out(self, task: Task) -> Done:
        began = time.monotonic()
        with (
            TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
            subprocess.Popen(
                task.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            self._running.add(process)
            if self._is_closed:  # while it was being started
                process.terminate()
            assert process.stdout is not None
            for line in process.stdout:
                self._tell(line.rstrip("\n"))
            code = process.wait()
            self._running.discard(process)
            errors.seek(0)
            said = errors.read().splitlines()
        reason = _reason(code, said.pop() if code and said else "")
        for line in said:
            print(line, file=sys.stderr, flush=True)
        return Done(task, reason, time.monotonic() - began)


def carried_out(tasks: Iterable[Task], workers: int, threads: int, tell: Callable[[str], None]) -> Iterator[Done]:
    """Carry out tasks that do not wait for one another; each is given back when it has ended."""
    with Pool(workers, threads, tell) as pool:
        for task in tasks:
            pool.submit(task)
        while pool.is_busy:
            yield from pool.wait()


def _reason(code: int, last: str) -> str | None:
    """Why a command ended with an exit code, of which the last line that it said tells; none where all went well."""
    if code == 0:
        return None
    if code < 0:
        return f"ended by {signal.Signals(-code).name}; run it again, and it goes on from its last whole epoch"
    return last.partition(": ")[2] or f"ended with exit code {code}"
