"""How the fusions trained: loss and validation accuracy, with a mark wherever another group of layers was set free.

source     reports/curves/RUN/SEED.tsv of each fusion; phases as the paper words them, arXiv:2501.15547
reads      a dotted upright is an unfreezing, named after what it opened; the first phase opens without one
differs    fusions that train nothing (a vote) are left out
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.artifacts.curves import Curves
from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import band_over_seeds, is_validated, unfreezing_epochs
from lightcnn.reporting.figures._style import BANDS, GREY, draw_band, label_epochs, new_figure, styled, valid_end
from lightcnn.reporting.results import Results


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure with two panels for each fusion, or none where nothing was fused."""
    fusions = {name: curves for name, curves in results.fusions.items() if curves}
    if not fusions:
        return {}
    with styled():
        title = f"Stage 2: progressive unfreezing on {results.dataset}"
        figure, panels = new_figure(title, describe(fusions), results.note, [1.7] * 2 * len(fusions), caption=BANDS)[:2]
        for index, (name, curves) in enumerate(fusions.items()):
            draw_fusion(panels[2 * index], panels[2 * index + 1], name, curves)
    return {"stage2_progressive_unfreezing": figure}


def draw_fusion(loss: Axes, accuracy: Axes, name: str, curves: Curves) -> None:
    """A fusion's two panels: losses above, accuracy below, unfreezings through both and named below."""
    opened = unfreezing_epochs(curves)
    loss.set_title(f"{name} (n = {len(curves)}): begins with {opened.pop(1)}", loc="left")
    if is_validated(curves):
        draw_band(loss, band_over_seeds([c.valid_nll for c in curves]), "validation NLL", 0)
        draw_band(accuracy, band_over_seeds([100 * c.valid_top1 for c in curves]), "validation accuracy", 0)
    else:
        accuracy.text(0.5, 0.5, "none: trained on these images, too", transform=accuracy.transAxes, ha="center", va="center", color=GREY)
    draw_band(loss, band_over_seeds([c.train_loss for c in curves]), "training loss", 1)
    loss.set_ylabel("loss (nats)")
    loss.legend(loc="upper right")
    accuracy.set_ylabel("accuracy (%)")
    label_epochs([loss, accuracy], max(len(curve.phase) for curve in curves))
    for epoch, groups in opened.items():
        for axes in (loss, accuracy):
            axes.axvline(epoch - 0.5, color=GREY, linestyle=":", linewidth=1.2, gid="unfreezing")
        place: dict[str, Any] = {"xycoords": accuracy.get_xaxis_transform(), "xytext": (3, 4), "textcoords": "offset points"}
        backed = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
        accuracy.annotate(f"+ {groups}", (epoch - 0.5, 0), **place, rotation=90, va="bottom", fontsize=8.5, color=GREY, bbox=backed)


def describe(fusions: dict[str, Curves]) -> str:
    """What was opened when, and where each fusion ended, in words."""
    steps = (
        f"{name}: {', '.join(f'{opened} from epoch {epoch}' for epoch, opened in unfreezing_epochs(curves).items())}; "
        f"validation accuracy at the end {valid_end(curves)}"
        for name, curves in fusions.items()
    )
    return f"Loss and validation accuracy over the epochs of stage 2. Opened in {'. In '.join(steps)}."
