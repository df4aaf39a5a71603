"""Test accuracy against parameters: our models, and what others have published for the same data set.

source   reports/metrics and reports/cost; the published points name theirs, see PUBLISHED
reads    bars are one standard deviation over seeds; the dashed upright is the budget
departs  published points are as their authors state them: mostly one run, sometimes the best epoch on test
"""

from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lightcnn.config import Strict
from lightcnn.figures._style import GREY, MARKERS, PALETTE, sheet, styled
from lightcnn.results import BUDGET, Model, Results

BARS = "Bars: one standard deviation over n seeds to either side."


class Config(Strict):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


class Point(NamedTuple):
    """A published model: parameters, test accuracy in percent, where it stands."""

    name: str
    parameters: int
    top1: float
    source: str


PUBLISHED: dict[str, tuple[Point, ...]] = {
    "cifar10": (
        Point("uNAS (second-hand)", 11_400, 86.5, "Liberis et al. 2020, arXiv:2010.14246"),
        Point("BSConv-S WRN-16-1", 18_663, 87.34, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("hand-made, best epoch on test", 23_500, 87.5, "middle of several public nets: 22-25 k, 87.4-87.6"),
        Point("BSConv-U WRN-16-1", 27_312, 89.09, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("BSConv-S WRN-28-1", 35_463, 90.22, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("LEMONADE (second-hand)", 47_000, 91.1, "Elsken et al. 2019, arXiv:1804.09081"),
        Point("MLPerf Tiny ResNet-8 (target)", 78_186, 85.0, "Banbury et al. 2021, arXiv:2106.07597"),
        Point("BSConv-U WRN-40-1", 80_176, 92.07, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("cifar10-tiniest (5 runs)", 97_530, 94.4, "the public repository of that name"),
        Point("ResNet-20", 270_000, 91.25, "He et al. 2016, arXiv:1512.03385"),
        Point("ShuffleNetV2 x0.5", 350_000, 90.1, "public model zoo; Ma et al. 2018, arXiv:1807.11164"),
    ),
    "cifar100": (
        Point("BSConv-S WRN-16-1", 24_500, 58.5, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("ResNet-20", 280_000, 68.7, "middle of two public model zoos: 68.6-68.8"),
        Point("SqueezeNet", 780_000, 69.4, "public model zoo"),
        Point("MobileNetV2 x0.5", 820_000, 70.9, "public model zoo"),
    ),
}


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure, or none where there is no model."""
    if not results.models:
        return {}
    points = PUBLISHED.get(results.data.name, ()) if config.published else ()
    title = f"Test accuracy against parameters on {results.data.name}"
    with styled():
        figure, (axes,), key = sheet(
            title, describe(results, points), results.note, [4.2], 0.35 + 0.09 * len(points) if points else 0.01, BARS
        )
        axes.set(xscale="log", xlabel="parameters", ylabel="test accuracy (%)")
        for index, model in enumerate(results.models.values()):
            draw_model(axes, model, index)
        axes.axvline(BUDGET, color=GREY, linestyle="--", linewidth=1.2, label=f"budget: {BUDGET:,}")
        mark_thousands(axes)
        axes.legend(loc="best", fontsize=8.5)
        draw_published(axes, key, points)
    return {"accuracy_vs_parameters": figure}


def draw_model(axes: Axes, model: Model, index: int) -> None:
    """One of ours: mean, and a bar of one standard deviation to either side."""
    top1 = model.metrics.test.top1
    axes.errorbar(
        model.cost.parameters,
        100 * top1.mean,
        yerr=100 * top1.std,
        label=f"{model.name} (n = {top1.n})",
        color=PALETTE[index % len(PALETTE)],
        marker=MARKERS[index % len(MARKERS)],
        markersize=7,
        capsize=3,
        linestyle="none",
        zorder=3,
    )


def draw_published(axes: Axes, key: SubFigure, points: tuple[Point, ...]) -> None:
    """Others' models: hollow, numbered, named in the key."""
    circle: dict[str, Any] = {"marker": "o", "markersize": 11, "markerfacecolor": "white", "markeredgecolor": GREY, "linestyle": "none"}
    lines = []
    for number, point in enumerate(points, start=1):
        lines += axes.plot(point.parameters, point.top1, label=f"{number}  {point.name}", gid="published", **circle)
        axes.annotate(str(number), (point.parameters, point.top1), ha="center", va="center_baseline", fontsize=7)
    if lines:
        title = "published (numbered circles)"
        key.legend(handles=lines, loc="upper left", ncols=2, title=title, alignment="left", fontsize=8, markerscale=0, handlelength=0)


def mark_thousands(axes: Axes) -> None:
    """Ticks at 1, 2 and 5 times the powers of ten, in thousands."""
    axes.xaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g} k"))
    axes.xaxis.set_minor_locator(NullLocator())


def describe(results: Results, points: tuple[Point, ...]) -> str:
    """All points of ours, and how many published ones there are, in words."""
    models = results.models.values()
    ours = [f"{m.name} {m.cost.parameters:,} parameters, {100 * m.metrics.test.top1.mean:.2f} %" for m in models]
    beside = f", beside {len(points)} published models" if points else ""
    return f"Test accuracy against parameters, on a logarithmic scale{beside}. Ours: {'; '.join(ours)}."
