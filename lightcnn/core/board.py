"""What trainings side by side tell: one table on a terminal, their lines one after another otherwise."""

from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from lightcnn.core.progress import Line, Style, on_terminal


class Board:
    """Takes lines of any process, as `Progress` writes them; called with one, it shows it."""

    def __init__(self, style: Style) -> None:
        self._rows: dict[str, Line] = {}
        self._live: Live | None = Live(console=Console(stderr=True), get_renderable=self._table) if on_terminal(style) else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, text: str) -> None:
        """Show a line: progress in the row of its training, while that is at work; anything else, and an end, above the table."""
        line = Line.read(text)
        if self._live is None:
            print(text, flush=True)
        elif line is None or line.done == line.total:
            self._rows.pop(line.title if line else "", None)
            self._live.console.print(text, markup=False, highlight=False)
        else:
            self._rows[line.title] = line

    def _table(self) -> Table:
        table = Table("training", "epoch", "last epoch", "time left", box=None)
        for row in tuple(self._rows.values()):
            table.add_row(row.title, f"{row.done}/{row.total}", row.text, row.left)
        return table
