"""What is taken for what: the test split's confusion matrix of the baseline and of the best model.

source     evaluation/MODEL.npz: predictions of all seeds, counted together
reads      a row is a true class and adds up to 100 %; the colour grows with the root, so that rare errors show
differs    best is best on validation, never on test
"""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy import ndarray

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.reporting.analysis import best, confusion
from lightcnn.reporting.figures._style import class_labels, new_figure, styled
from lightcnn.reporting.results import Model, Results

WRITTEN = 20
"""Up to so many classes, each share is written into its cell."""


class Config(StrictModel):
    """`baseline` names the model that the best one is shown beside; null: it is shown alone."""

    baseline: str | None = "baseline"


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """A figure of the baseline, where there is one, and one of the best model.

    Raises:
        UserError: where the baseline is not among the models.
    """
    if config.baseline is not None and config.baseline not in results.models:
        raise UserError(
            f"params.yaml: figures.confusion_matrix.baseline: no model {config.baseline!r} (there are: {', '.join(results.models)})"
        )
    shown = {"baseline": results.models[config.baseline]} if config.baseline else {}
    shown["best"] = best(results)
    return {f"{role}_confusion_matrix": draw_one(role, model, results) for role, model in shown.items()}


def draw_one(role: str, model: Model, results: Results) -> Figure:
    """One model's matrix, in percent of each true class."""
    counts = confusion(model, len(results.data.classes))
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    title = f"{role.title()} confusion: {model.name} on {results.dataset} (n\u00a0=\u00a0{model.metrics.test.top1.n})"
    with styled():
        figure, (axes,), _ = new_figure(title, describe(shares, model, results), results.note, [5.2])
        picture = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 100))
        axes.grid(visible=False)
        axes.set(xlabel="predicted class (% of the true class's test images)", ylabel="true class")
        name_classes(axes, results.data.classes)
        if len(shares) <= WRITTEN:
            write_shares(axes, shares)
        else:
            figure.colorbar(picture, ax=axes, location="bottom", shrink=0.8, ticks=[0, 1, 5, 20, 50, 100])
    return figure


def name_classes(axes: Axes, classes: tuple[str, ...]) -> None:
    """Label rows and columns, only every so many where there are more than fit."""
    step = -(-len(classes) // 25)
    names = class_labels(classes, 14)[::step]
    size = 9 if len(classes) <= WRITTEN else 7
    axes.set_xticks(range(0, len(classes), step), names, rotation=90, fontsize=size)
    axes.set_yticks(range(0, len(classes), step), names, fontsize=size)


def write_shares(axes: Axes, shares: Float[ndarray, "true predicted"]) -> None:
    """Write each share that does not round to zero, in white where the cell is dark."""
    for (row, column), share in np.ndenumerate(shares):
        if round(share):
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=8.5, color="white" if share > 35 else "black")


def describe(shares: Float[ndarray, "true predicted"], model: Model, results: Results) -> str:
    """The share of hits and the two most frequent mistakes, in words."""
    wrong = shares * (1 - np.eye(len(shares)))
    names = results.data.classes
    places = [np.unravel_index(place, wrong.shape) for place in np.argsort(-wrong, axis=None, kind="stable")[:2]]
    mistakes = " and ".join(f"{names[true]} taken for {names[said]} ({wrong[true, said]:.1f} %)" for true, said in places)
    hits = f"on average {np.diag(shares).mean():.1f} % of a class is recognised"
    return f"Confusion matrix of {model.name}: {hits}; most frequent mistakes: {mistakes}."
