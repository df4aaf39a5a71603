"""The common style of figures: one column, colours for colour-blind readers, reproducible bytes."""

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import MaxNLocator
from PIL import Image, PngImagePlugin

from lightcnn.artifacts.curves import Curves
from lightcnn.reporting.analysis import SeedBand, is_validated

WIDTH = 5.2
"""Inches: 10 points then stay readable on a phone 390 pixels wide."""

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito 2008, without their yellow, which is too faint on white."""

DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
MARKERS = "osD^vPX"
GREY = "#5f6368"
BANDS = "Lines: mean over n seeds. Bands: from the lowest to the highest seed."

# Names come from users: a `$` in them is no formula.
RC = {
    "font.size": 10,
    "axes.titlesize": 10,
    "legend.fontsize": 9,
    "legend.edgecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e5e8",
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "text.parse_math": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's own defaults and ours, whatever the user's matplotlibrc says, until the block ends."""
    with style.context(RC, after_reset=True):
        yield


class NewFigure(NamedTuple):
    """A figure, its panels from top to bottom, and the strip below them that its key goes into."""

    figure: Figure
    panels: list[Axes]
    key: SubFigure


def new_figure(title: str, description: str, note: str | None, panels: list[float], key: float = 0.01, caption: str = "") -> NewFigure:
    """A figure with its title on top, and the caption and the note in the footer.

    Args:
        description: what a reader who cannot see the figure should know; becomes its label, and the picture's alternative text.
        panels: the height of each, in inches.
        key: the height of the strip for the key, in inches.
    """
    footer = textwrap.wrap(caption, 78) + textwrap.wrap(note or "", 78)
    figure = Figure((WIDTH, sum(panels) + key + 0.4 + 0.2 * len(footer)), layout="constrained", label=description)
    figure.suptitle(textwrap.fill(title, 52), x=0.02, ha="left", fontsize=11.5, fontweight="bold")
    figure.supxlabel("\n".join(footer), x=0.02, ha="left", fontsize=8.5, color=GREY)
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=(sum(panels), key)).ravel()
    return NewFigure(figure, list(upper.subplots(len(panels), 1, squeeze=False, height_ratios=panels).ravel()), lower)


def class_labels(classes: tuple[str, ...], most: int) -> list[str]:
    """Names of classes, cut where they are longer than so many characters.

    One that the typeface has not all letters of, or that looks like another when it is cut, has its number beside it (from 0, as in
    labels.json).
    """
    names, known = [short(name, most) for name in classes], get_font(findfont("DejaVu Sans")).get_charmap()
    return [
        name if names.count(name) == 1 and all(ord(letter) in known for letter in name) else f"{name} ({number})"
        for number, name in enumerate(names)
    ]


def short(name: str, most: int) -> str:
    """A name of a user's, cut where it is longer than so many characters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def draw_band(axes: Axes, spread: SeedBand, label: str, index: int) -> None:
    """The mean over epochs as a line, and the band from lowest to highest where there is one."""
    epochs = np.arange(1, len(spread.mean) + 1)
    colour = PALETTE[index % len(PALETTE)]
    axes.plot(epochs, spread.mean, color=colour, linestyle=DASHES[index % len(DASHES)], label=label)
    if not np.array_equal(spread.low, spread.high, equal_nan=True):
        axes.fill_between(epochs, spread.low, spread.high, color=colour, alpha=0.2, linewidth=0)


def valid_end(curves: Curves) -> str:
    """Validation accuracy at the end of a run, in words: the mean over seeds."""
    return (
        f"{np.mean([100 * curve.valid_top1[-1] for curve in curves]):.2f} %" if is_validated(curves) else "none (trained on those images)"
    )


def label_epochs(panels: list[Axes], epochs: int) -> None:
    """Give panels below one another the same epochs, and their lowest the numbers."""
    for axes in panels:
        axes.set_xlim(0.5, epochs + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("epoch")


def png(figure: Figure, component: str) -> bytes:
    """The figure at 300 dots an inch, in 256 colours; its title, its description and the component that drew it travel in the file.

    Nothing in it names the library's version: the same figure gives the same bytes.
    """
    drawn, small, info = io.BytesIO(), io.BytesIO(), PngImagePlugin.PngInfo()
    for key, text in (("Title", figure.get_suptitle().replace("\n", " ")), ("Description", str(figure.get_label())), ("Source", component)):
        info.add_itxt(key, text)
    with styled(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a class's number stands beside its name
        figure.savefig(drawn, format="png", dpi=300)
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(small, "PNG", optimize=True, dpi=(300, 300), pnginfo=info)
    return small.getvalue()


def is_drawn(path: Path) -> bool:
    """Whether a file is a picture that `png` made."""
    try:
        with Image.open(path) as picture:
            return "Source" in picture.info
    except OSError:
        return False
