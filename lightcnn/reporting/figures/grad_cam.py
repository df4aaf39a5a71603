"""Where the best model looks: Grad-CAM of test images that it gets right, and of some that it gets wrong.

source     evaluation/MODEL.npz; Selvaraju et al. 2017, arXiv:1610.02391, by captum, for the class that was said
reads      bright places speak most for what was said; left what is right, right what is wrong, drawn class by class
differs    of two branches, the sum of both maps
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.artifacts.evaluation import Gallery
from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import best
from lightcnn.reporting.figures import _image_grid
from lightcnn.reporting.figures._style import class_labels, new_figure, styled
from lightcnn.reporting.results import Results

ROWS = 5
CAPTION = "Exported seed. Bright places speak most for what was said."


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation."""
    model = best(results)
    said = _image_grid.predictions_of(model)
    is_right = said.true == said.said
    kinds = {kind: np.flatnonzero(which)[:ROWS].tolist() for kind, which in (("right", is_right), ("wrong", ~is_right))}
    names, rows = class_labels(results.data.classes, _image_grid.NAME), max(map(len, kinds.values()))
    description = (
        f"Where {model.name} sees what it says: {' and '.join(f'{len(shown)} test images {kind}' for kind, shown in kinds.items())}."
    )
    with styled():
        title = f"Grad-CAM: {model.name} on {results.dataset}"
        figure, panels = new_figure(title, description, results.note, [0.3 + 1.7 * rows], caption=CAPTION)[:2]
        _image_grid.ready(panels[0], 4, rows)
        for column, (kind, shown) in zip((0, 2), kinds.items(), strict=True):
            panels[0].text(column + 1, -0.05, kind if shown else f"nothing {kind}", ha="center", va="bottom", fontweight="bold")
            show(panels[0], model.gallery, shown, column)
            for row, index in enumerate(shown):
                _image_grid.write(panels[0], _image_grid.words(said, index, names), column + 1.0, row)
    return {"grad_cam": figure}


def show(axes: Axes, gallery: Gallery, shown: list[int], column: int) -> None:
    """Images in one column, and in the next the same in grey under their maps."""
    for row, index in enumerate(shown):
        image, where = gallery.images[index], _image_grid.extent(column + 1, row)
        _image_grid.place(axes, image, column, row)
        _image_grid.place(axes, image.mean(2, keepdims=True).astype(np.uint8), column + 1, row)
        axes.imshow(
            gallery.cams[index], extent=where, cmap="inferno", vmin=0, vmax=255, alpha=0.6, interpolation="bilinear", aspect="equal"
        )
