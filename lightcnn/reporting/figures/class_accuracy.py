"""How the best model fares class by class: how much of each class it finds, and how far its word for it can be trusted.

source     evaluation/MODEL.npz: predictions of each seed
reads      bars are recall, lines on them one standard deviation over seeds; hollow diamonds are precision; the best class is on top
differs    of many classes only the best and the worst are shown
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import ClassMetrics, best, per_class
from lightcnn.reporting.figures._style import PALETTE, class_labels, new_figure, styled
from lightcnn.reporting.results import Results

SHOWN = 24


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation."""
    model = best(results)
    classes = sorted(per_class(model, results.data.classes), key=lambda score: -score.recall.mean)
    shown = classes if len(classes) <= SHOWN else classes[: SHOWN // 2] + classes[-SHOWN // 2 :]
    notes = ["Lines: one standard deviation over n seeds to either side."] * (model.metrics.test.top1.n > 1)
    notes += [f"{len(shown)} of {len(classes)} classes: the best and the worst."] * (len(shown) < len(classes))
    title = f"Class by class: {model.name} on {results.dataset} (n\u00a0=\u00a0{model.metrics.test.top1.n})"
    with styled():
        figure, (axes,), key = new_figure(
            title, describe(model.name, classes), results.note, [0.6 + 0.25 * len(shown)], 0.3, " ".join(notes)
        )
        draw_bars(axes, shown, dict(zip(results.data.classes, class_labels(results.data.classes, 18), strict=True)))
        key.legend(*axes.get_legend_handles_labels(), loc="upper left", ncols=2)
    return {"class_accuracy": figure}


def draw_bars(axes: Axes, classes: list[ClassMetrics], labels: dict[str, str]) -> None:
    """A bar and a diamond for each class under its label, from top to bottom; a gap where classes are left out is not shown."""
    rows = range(len(classes))
    recall, deviation = (
        [100 * value for value in values] for values in zip(*((c.recall.mean, c.recall.std) for c in classes), strict=True)
    )
    axes.barh(rows, recall, 0.7, color=PALETTE[5], label="recall: of the class, found")
    if any(deviation):
        axes.errorbar(recall, rows, xerr=deviation, color=PALETTE[0], linestyle="none", capsize=2, linewidth=1.2)
    hollow: dict[str, Any] = {
        "marker": "D",
        "markersize": 5,
        "markerfacecolor": "white",
        "markeredgecolor": PALETTE[1],
        "linestyle": "none",
    }
    axes.plot([100 * c.precision.mean for c in classes], rows, label="precision: of what is called so, right", **hollow)
    axes.set_yticks(rows, [labels[c.name] for c in classes], fontsize=9)
    axes.set(xlim=(0, 102), ylim=(len(classes) - 0.4, -0.6), xlabel="test images (%)")
    axes.grid(visible=False, axis="y")


def describe(name: str, classes: list[ClassMetrics]) -> str:
    """The best and the worst class, in words."""
    ends = (f"{which} {c.name}, {100 * c.recall.mean:.1f} % found" for which, c in (("best", classes[0]), ("worst", classes[-1])))
    return f"Recall and precision of {name} for each class: {'; '.join(ends)}."
