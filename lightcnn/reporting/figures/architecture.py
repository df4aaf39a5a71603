"""What each model is built of: its groups of layers from image to logits, with shapes and parameters.

source     reports/cost/MODEL.tsv, recorded while the network as it is shipped runs once
reads      arrows carry shapes (channels × height × width); the bar in a box is its share of the parameters, half a figure's width for all
differs    groups, with their layers in words; what is repeated is written once; models of the same layers share a figure
"""

import textwrap
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import best
from lightcnn.reporting.figures._layer_groups import BRANCHES, Group, architectures, groups_of, words
from lightcnn.reporting.figures._style import GREY, PALETTE, new_figure, styled
from lightcnn.reporting.results import Model, Results

LINE, HEAD, ARROW, LETTERS = 0.142, 0.4, 0.34, 14
"""Inches: a line of text, a box without such lines, an arrow; and how many letters an inch has component for."""
CAPTION = "Numbers in boxes: parameters; blue bars: their share, all on one scale. Along arrows: channels × height × width."
TINTS = {"dense": "#fde6d5", "conv": "#dcebf7", "depthwise": "#dcebf7", "": "#eef0f2"}


class Config(StrictModel):
    """Nothing to choose."""


class Column(NamedTuple):
    """Where boxes stand below one another, in inches."""

    left: float
    width: float

    @property
    def middle(self) -> float:
        """Where its arrows run."""
        return self.left + self.width / 2


class Stack(NamedTuple):
    """Groups that stand below one another in a column."""

    column: Column
    groups: list[Group]

    @property
    def lines(self) -> list[list[str]]:
        """What is written into each box, line by line."""
        return [textwrap.wrap(words(group), int(LETTERS * self.column.width)) for group in self.groups]

    @property
    def height(self) -> float:
        """Of all boxes, and of an arrow below each."""
        return sum(HEAD + ARROW + LINE * len(lines) for lines in self.lines)


WHOLE, HALVES = Column(0.6, 3.8), (Column(0.0, 2.44), Column(2.56, 2.44))


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """A figure for each architecture; that of the model which is best on validation is named so."""
    chosen, figures = best(results).name, {}
    for models in architectures(results):
        names = [model.name for model in models]
        figures[f"{'best_model' if chosen in names else names[0]}_architecture"] = draw_one(models, results)
    return figures


def draw_one(models: list[Model], results: Results) -> Figure:
    """The diagram of models that have the same layers."""
    model, data = models[0], results.data
    names, image = ", ".join(model.name for model in models), f"{data.channels}×{data.size}×{data.size}"
    groups = groups_of(tuple(layer for layer in model.layers if layer.shape))
    trunk, *sides = ([group for group in groups if group.branch == branch] for branch in ("", *BRANCHES))
    columns = [Stack(column, side) for column, side in zip(HALVES, sides, strict=True) if side]
    split = ARROW + max((stack.height for stack in columns), default=0)
    height = split + Stack(WHOLE, trunk).height + 0.4
    title = f"Architecture of {names}: {model.cost.parameters:,} parameters"
    with styled():
        figure, (axes,), _ = new_figure(title, describe(names, image, groups), results.note, [height], caption=CAPTION)
        axes.set(xlim=(-0.02, 5.02), ylim=(height, 0))
        axes.set_axis_off()
        axes.text(2.5, 0.05, f"image {image}", ha="center", va="center", fontweight="bold")
        for stack, branch in zip(columns, results.branches.get(model.name, BRANCHES), strict=bool(columns)):
            left = stack.column is HALVES[0]
            corner = stack.column.left + (0 if left else stack.column.width)
            axes.text(corner, ARROW - 0.04, branch, ha="left" if left else "right", va="bottom", fontsize=8.5, gid="branch")
            arrow(axes, (2.5, 0.15), (stack.column.middle, ARROW))
            end = draw_stack(axes, stack, ARROW, model.cost.parameters)
            arrow(axes, (stack.column.middle, end - ARROW), (stack.column.middle, split))
        if not columns:
            arrow(axes, (2.5, 0.15), (2.5, ARROW))
        end = draw_stack(axes, Stack(WHOLE, trunk), split, model.cost.parameters)
        axes.text(2.5, end + 0.1, f"{len(data.classes)} logits", ha="center", va="center", fontweight="bold")
    return figure


def draw_stack(axes: Axes, stack: Stack, top: float, whole: int) -> float:
    """Boxes from top to bottom, an arrow with the shape under each; gives where the last arrow ends."""
    column = stack.column
    for group, lines in zip(stack.groups, stack.lines, strict=True):
        height = HEAD + LINE * len(lines)
        axes.add_patch(
            Rectangle((column.left, top), column.width, height, facecolor=tint(group), edgecolor=GREY, linewidth=0.8, gid="group")
        )
        axes.text(column.left + 0.08, top + 0.06, group.name or "join", va="top", fontsize=9.5, fontweight="bold")
        axes.text(column.left + column.width - 0.08, top + 0.07, f"{group.parameters:,}", ha="right", va="top", fontsize=9)
        axes.text(column.left + 0.08, top + 0.27, "\n".join(lines), va="top", fontsize=8.5, linespacing=1.15)
        share = HALVES[0].width * group.parameters / whole
        axes.add_patch(Rectangle((column.left, top + height - 0.05), share, 0.05, color=PALETTE[0], linewidth=0, gid="share"))
        arrow(axes, (column.middle, top + height), (column.middle, top + height + ARROW), group.shape)
        top += height + ARROW
    return top


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], shape: str = "") -> None:
    """An arrow, and right of it the shape that goes along it."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1, "shrinkA": 0, "shrinkB": 0})
    axes.text(end[0] + 0.1, (start[1] + end[1]) / 2, shape, va="center", fontsize=9, color=GREY, gid="shape")


def tint(group: Group) -> str:
    """The colour of what most of a group's parameters belong to."""
    largest = max(group.layers, key=lambda layer: layer.parameters)
    return next(colour for kind, colour in TINTS.items() if kind in largest.kind) if largest.parameters else TINTS[""]


def describe(names: str, image: str, groups: list[Group]) -> str:
    """All groups, in words."""
    steps = (f"{' '.join(filter(None, (group.branch, group.name or 'join')))}: {group.parameters:,} to {group.shape}" for group in groups)
    return f"{names} from an image of {image}; groups with their parameters and the shape that each hands on: {'; '.join(steps)}."
