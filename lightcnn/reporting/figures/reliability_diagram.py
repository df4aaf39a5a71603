"""Whether the best model's confidence can be believed: how often it is right, by how sure it is.

source     evaluation/MODEL.npz: logits of the exported seed; Guo et al. 2017, arXiv:1706.04599, figure 1
reads      a bar below the diagonal is overconfident, above it too modest; below: how many images have such confidence
differs    nothing
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.evaluation.metrics import Calibration, calibration, ece
from lightcnn.reporting.analysis import best
from lightcnn.reporting.figures._style import GREY, PALETTE, new_figure, styled
from lightcnn.reporting.results import Results

BINS = 15


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation."""
    model = best(results)
    found, error = calibration(model.logits, model.labels, BINS), ece(model.logits, model.labels, BINS)
    title = f"Reliability: {model.name} on {results.dataset}"
    gap = 100 * (found.hits.sum() - found.confidence.sum()) / found.images.sum()
    description = f"Expected calibration error {100 * error:.1f} %; accuracy less mean confidence {gap:+.1f} points.".replace("-", "−")
    with styled():
        figure, (upper, lower), key = new_figure(
            title, f"Accuracy by confidence. {description}", results.note, [3.4, 1.1], 0.5, f"Exported seed. {description}"
        )
        draw_accuracy(upper, found)
        lower.bar(centres(), 100 * found.images / found.images.sum(), 90 / BINS, color=GREY)
        for axes in (upper, lower):
            axes.set_xlim(0, 100)
        lower.set(xlabel="confidence: highest probability (%)", ylabel="images (%)")
        upper.tick_params(labelbottom=False)
        key.legend(*upper.get_legend_handles_labels(), loc="upper left", ncols=2)
    return {"reliability_diagram": figure}


def centres() -> "np.ndarray":
    """Where each bin's bar stands, in percent."""
    return 100 * (np.arange(BINS) + 0.5) / BINS


def draw_accuracy(axes: Axes, found: Calibration) -> None:
    """A bar for each bin that has images, and a mark at its mean confidence on the diagonal."""
    has = found.images > 0
    accuracy, confidence = (100 * sums[has] / found.images[has] for sums in (found.hits, found.confidence))
    axes.bar(centres()[has], accuracy, 90 / BINS, color=PALETTE[5], label="accuracy")
    axes.plot(
        confidence, confidence, color=PALETTE[1], marker="_", markersize=11, markeredgewidth=2, linestyle="none", label="mean confidence"
    )
    axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", linewidth=1.2, label="as it should be")
    axes.set(ylim=(0, 101), ylabel="right (%)")
