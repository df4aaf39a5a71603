"""Show progress: a bar on a terminal, plain lines elsewhere."""

import re
import sys
import time
from typing import Literal, NamedTuple, Self

from tqdm import tqdm

Style = Literal["auto", "bar", "lines"]


class Line(NamedTuple):
    """A line of progress, read again: `done` of `total` epochs of what the `title` says, what was said of the last, and the time left."""

    title: str
    done: int
    total: int
    text: str
    left: str

    @classmethod
    def read(cls, line: str) -> "Line | None":
        """What a line says, None where it is none of progress."""
        found = re.fullmatch(r"(.+): epoch (\d+)/(\d+)  (.*)  (\S+) left", line)
        return found and cls(found[1], int(found[2]), int(found[3]), found[4], found[5])


def on_terminal(style: Style) -> bool:
    """Whether progress is drawn, and not written in lines."""
    return style == "bar" or (style == "auto" and sys.stderr is not None and sys.stderr.isatty())


class Progress:
    """Counts `total` epochs of a run, or what else the `unit` is, `done` of them before this start."""

    def __init__(self, title: str, total: int, done: int, style: Style, unit: str = "epoch") -> None:
        self.title, self.total, self.done, self.began = title, total, done, time.monotonic()
        self.start, self.unit = done, unit
        self.bar = tqdm(total=total, initial=done, desc=title, unit=unit, dynamic_ncols=True) if on_terminal(style) else None
        if done:
            self._say(f"{title}: goes on after {unit} {done} of {total}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def epoch(self, text: str) -> None:
        """Report a finished epoch."""
        self.done += 1
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update()
        else:
            left = (time.monotonic() - self.began) / (self.done - self.start) * (self.total - self.done)
            self._say(f"{self.title}: {self.unit} {self.done}/{self.total}  {text}  {_clock(left)} left")

    def _say(self, line: str) -> None:
        if self.bar is not None:
            self.bar.write(line, file=sys.stderr)
        else:
            print(line, flush=True)


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
