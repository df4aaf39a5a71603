"""Test accuracy against a cost: our models with error bars, published ones as numbered circles."""

from collections.abc import Callable
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lightcnn.reporting.analysis import groups
from lightcnn.reporting.figures._style import GREY, MARKERS, PALETTE, new_figure
from lightcnn.reporting.results import Model, Results

BARS = "Bars: one standard deviation over n seeds to either side."


class Point(NamedTuple):
    """A published model: what it costs, its test accuracy in percent, where it stands."""

    name: str
    cost: float
    top1: float
    source: str


class Limit(NamedTuple):
    """What a model may cost, and how that the report shows."""

    cost: float
    label: str


def scatter(
    results: Results, costs: dict[str, float], points: tuple[Point, ...], limit: Limit, title: str, texts: tuple[str, str]
) -> Figure:
    """The models that `costs` is about, and published points, on a logarithmic axis that the caller labels.

    Args:
        texts: the description, and the caption.
    """
    description, caption = texts
    heights = 0.2 + 0.11 * (len(costs) + 1), 0.4 + 0.1 * len(points) if points else 0
    figure, (axes,), key = new_figure(title, description, results.note, [4.2], sum(heights), caption)
    axes.set(xscale="log", ylabel="test accuracy (%)")
    look = looks(results)
    for name, cost in costs.items():
        draw_model(axes, results.models[name], cost, *look[name])
    axes.axvline(limit.cost, color=GREY, linestyle="--", linewidth=1.2, label=limit.label)
    key.legend(*axes.get_legend_handles_labels(), loc="upper left", ncols=2, fontsize=9)
    draw_published(axes, key, points)
    return figure


def looks(results: Results) -> dict[str, tuple[str, str]]:
    """Colour and marker of each model: a colour for a fusion and its branches, a marker for the part that a model plays there."""
    return {
        model.name: (PALETTE[number % len(PALETTE)], MARKERS[(part + 3 * (number // len(PALETTE))) % len(MARKERS)])
        for number, group in enumerate(groups(results))
        for part, model in enumerate((group.fused, *group.branches))
        if model
    }


def draw_model(axes: Axes, model: Model, cost: float, colour: str, marker: str) -> None:
    """One of ours: mean, and a bar of one standard deviation to either side."""
    top1 = model.metrics.test.top1
    axes.errorbar(
        cost,
        100 * top1.mean,
        yerr=100 * top1.std,
        label=f"{model.name} (n = {top1.n})",
        color=colour,
        marker=marker,
        markersize=7,
        capsize=3,
        linestyle="none",
        zorder=3,
    )


def draw_published(axes: Axes, key: SubFigure, points: tuple[Point, ...]) -> None:
    """Others' models: hollow, numbered, named in the key."""
    circle: dict[str, Any] = {"marker": "o", "markersize": 12, "markerfacecolor": "white", "markeredgecolor": GREY, "linestyle": "none"}
    lines = []
    for number, point in enumerate(points, start=1):
        lines += axes.plot(point.cost, point.top1, label=f"{number}  {point.name}", gid="published", **circle)
        axes.annotate(str(number), (point.cost, point.top1), ha="center", va="center_baseline", fontsize=8)
    if lines:
        title = "published (numbered circles)"
        key.legend(handles=lines, loc="lower left", ncols=2, title=title, alignment="left", fontsize=9, markerscale=0, handlelength=0)


def describe(against: str, results: Results, costs: dict[str, str], points: tuple[Point, ...]) -> str:
    """All points of ours, and how many published ones there are, in words; `costs` are in words of the caller's."""
    ours = [f"{name} {cost}, {100 * results.models[name].metrics.test.top1.mean:.2f} %" for name, cost in costs.items()]
    beside = f", beside {len(points)} published models" if points else ""
    return f"Test accuracy against {against}, on a logarithmic scale{beside}. Ours: {'; '.join(ours)}."


def mark_costs(axes: Axes, label: str, say: Callable[[float], str]) -> None:
    """Ticks at 1, 2 and 5 times the powers of ten, each in words of the caller's."""
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: say(value)))
    axes.xaxis.set_minor_locator(NullLocator())
