"""Receiver operating characteristic of the best model: each class against all others.

source     evaluation/MODEL.npz: logits of the exported seed; Fawcett 2006, An introduction to ROC analysis
reads      left is strict: the false positive rate is logarithmic, so that the part that matters has component; the area is the usual one
differs    more than ten classes are drawn in grey, with their mean curve
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from lightcnn.core.config import StrictModel
from lightcnn.evaluation.metrics import Roc, roc
from lightcnn.reporting.analysis import best
from lightcnn.reporting.figures._style import DASHES, GREY, PALETTE, class_labels, new_figure, styled
from lightcnn.reporting.results import Model, Results

NAMED = 10
GRID = np.geomspace(1e-4, 1, 200)


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation, or none where the test images are all of one class."""
    model, classes = best(results), results.data.classes
    curves = list(roc(model.logits, model.labels))
    if not curves:
        return {}
    areas = {curve.label: curve.area for curve in curves}
    title = f"ROC curves: {model.name} on {results.dataset}"
    height = 0.3 + 0.1 * len(curves) if len(curves) <= NAMED else 0.3
    with styled():
        description = describe(model, areas, classes)
        figure, (axes,), key = new_figure(
            title,
            description,
            results.note,
            [4.0],
            height,
            "Exported seed; each class against all others. In brackets: area under the curve.",
        )
        labels = class_labels(classes, 18)
        for curve in curves:
            draw_curve(axes, curve, f"{labels[curve.label]} ({areas[curve.label]:.3f})", len(curves) > NAMED)
        mean = np.mean([np.interp(GRID, curve.false_positive_rate, curve.true_positive_rate) for curve in curves], axis=0)
        axes.plot(100 * GRID, 100 * mean, color="black", linewidth=2.4, label=f"mean ({np.mean(list(areas.values())):.3f})")
        finish(axes, model)
        key.legend(*axes.get_legend_handles_labels(), loc="upper left", ncols=2)
    return {"roc_curves": figure}


def draw_curve(axes: Axes, curve: Roc, label: str, is_one_of_many: bool) -> None:
    """One class; `gid` is its number."""
    look: dict[str, Any] = {"color": "#b5b9bf", "linewidth": 0.6} if is_one_of_many else {"label": label, **look_of(curve.label)}
    axes.plot(100 * curve.false_positive_rate, 100 * curve.true_positive_rate, gid=str(curve.label), drawstyle="steps-post", **look)


def look_of(index: int) -> dict[str, Any]:
    """Colours and dashes that no two of ten classes share both of."""
    colours = PALETTE[:-1]
    return {"color": colours[index % len(colours)], "linestyle": DASHES[index // len(colours) % len(DASHES)], "linewidth": 1.3}


def finish(axes: Axes, model: Model) -> None:
    """The axes from the smallest rate that the number of images can tell, and what guessing gives."""
    axes.plot(100 * GRID, 100 * GRID, color=GREY, linestyle=":", linewidth=1.2, label="guessing (0.500)")
    axes.set(xscale="log", xlim=(max(1e-2, 100 / model.labels.size), 100), ylim=(0, 101))
    axes.set(xlabel="false positive rate (%)", ylabel="true positive rate (%)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def describe(model: Model, areas: dict[int, float], classes: tuple[str, ...]) -> str:
    """The mean area and the worst class, in words."""
    worst = min(areas, key=lambda label: areas[label])
    ends = f"mean area {np.mean(list(areas.values())):.4f}, smallest {areas[worst]:.4f} for {classes[worst]}"
    return f"ROC curves of {model.name}, each class against all others: {ends}."
