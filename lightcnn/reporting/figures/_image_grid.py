"""A grid of test images with captions."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from numpy import ndarray

from lightcnn.evaluation.metrics import log_probs
from lightcnn.reporting.results import Model

TEXT_ROOM = 0.34
"""What the words below a tile take, as a share of its width."""

NAME = 12
"""Characters of a class's name that there is component for."""


class Predicted(NamedTuple):
    """What the exported seed says of each image in a gallery: the true class, the class said, and with what probability."""

    true: Int[ndarray, "shown"]
    said: Int[ndarray, "shown"]
    confidence: Float[ndarray, "shown"]


def predictions_of(model: Model) -> Predicted:
    """What a model says of its gallery."""
    chances = np.exp(log_probs(model.logits[model.gallery.rows]))
    return Predicted(model.labels[model.gallery.rows], chances.argmax(1), chances.max(1))


def ready(axes: Axes, columns: int, rows: int) -> None:
    """Axes without ticks, measured in tiles from the upper left."""
    axes.set(xlim=(0, columns), ylim=(rows * (1 + TEXT_ROOM), 0), aspect="equal")
    axes.set_axis_off()


def place(axes: Axes, image: UInt8[ndarray, "height width channel"], column: int, row: int) -> None:
    """Show an image with its own pixels; one channel is grey."""
    pixels = image[:, :, 0] if image.shape[2] == 1 else image
    axes.imshow(pixels, extent=extent(column, row), cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="equal")


def extent(column: int, row: int) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a tile."""
    top = row * (1 + TEXT_ROOM)
    return column + 0.03, column + 0.97, top + 0.97, top + 0.03


def write(axes: Axes, text: str, middle: float, row: int) -> None:
    """Words below a row of tiles."""
    axes.text(middle, row * (1 + TEXT_ROOM) + 1, text, ha="center", va="top", fontsize=8.5, linespacing=1.1)


def words(said: Predicted, index: int, names: list[str]) -> str:
    """What is said of an image and how surely, and below it, where that is wrong, what the image is."""
    truth = "" if said.said[index] == said.true[index] else f"\nis {names[said.true[index]]}"
    return f"{names[said.said[index]]} {100 * said.confidence[index]:.0f} %{truth}"
