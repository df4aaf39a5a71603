"""How the branches trained: loss, validation loss and validation accuracy of every training, epoch by epoch.

source     reports/curves/RUN/SEED.tsv of each training
reads      a line is the mean over seeds, its band runs from the lowest to the highest seed
differs    training and validation loss have panels of their own: mixing and smoothing make them incomparable; a run that is trained on the
           validation images has no line in those of validation
"""

from matplotlib.figure import Figure

from lightcnn.artifacts.curves import Curves
from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import band_over_seeds, is_validated
from lightcnn.reporting.figures._style import BANDS, draw_band, label_epochs, new_figure, styled, valid_end
from lightcnn.reporting.results import Results


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, or none where nothing was trained."""
    trainings = {name: curves for name, curves in results.trainings.items() if curves}
    if not trainings:
        return {}
    with styled():
        title = f"Stage 1: training on {results.dataset}"
        figure, panels, key = new_figure(title, describe(trainings), results.note, [2.2] * 3, 0.2 + 0.1 * (len(trainings) + 1), BANDS)
        for index, (name, curves) in enumerate(trainings.items()):
            columns = ([c.train_loss for c in curves], [c.valid_nll for c in curves], [100 * c.valid_top1 for c in curves])
            for axes, column in zip(panels, columns if is_validated(curves) else columns[:1], strict=False):
                draw_band(axes, band_over_seeds(column), f"{name} (n = {len(curves)})", index)
        for axes, label in zip(panels, ("training loss (nats)", "validation NLL (nats)", "validation accuracy (%)"), strict=True):
            axes.set_ylabel(label)
        label_epochs(panels, max(len(curve.phase) for curves in trainings.values() for curve in curves))
        key.legend(*panels[0].get_legend_handles_labels(), loc="upper left", ncols=2)
    return {"stage1_training_results": figure}


def describe(trainings: dict[str, Curves]) -> str:
    """Where each training ended, in words."""
    ends = (f"{name} {valid_end(curves)}" for name, curves in trainings.items())
    ended = f"Validation accuracy at the end: {', '.join(ends)}."
    return f"Training loss, validation loss and validation accuracy over the epochs of stage 1. {ended}"
