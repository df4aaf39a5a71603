"""Where the best model looks: Grad-CAM of test images that it gets right, and of some that it gets wrong.

source   evaluation/MODEL.npz; Selvaraju et al. 2017, arXiv:1610.02391, by captum, for the class that was said
reads    bright places speak most for what was said; left what is right, right what is wrong, in the order of the test split
departs  of two branches, the sum of both maps
"""

import numpy as np
from jaxtyping import Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray

from lightcnn.config import Strict
from lightcnn.figures import _tiles
from lightcnn.figures._style import sheet, styled
from lightcnn.findings import best
from lightcnn.results import Gallery, Results

ROWS = 5


class Config(Strict):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation."""
    model = best(results)
    said = _tiles.said_of(model)
    names = [_tiles.short(name) for name in results.data.classes]
    title = f"Grad-CAM: {model.name} on {results.data.name}"
    told = f"Where {model.name} sees what it says: {{}} test images that it gets right, {{}} that it gets wrong."
    kinds = [np.flatnonzero(said.true == said.said)[:ROWS], np.flatnonzero(said.true != said.said)[:ROWS]]
    with styled():
        rows = max(map(len, kinds))
        figure, (axes,), _ = sheet(
            title,
            told.format(*map(len, kinds)),
            results.note,
            [0.3 + 1.7 * rows],
            caption="Exported seed. Bright: speaks most for what was said.",
        )
        _tiles.ready(axes, 4, rows)
        for column, kind, shown in zip((0, 2), ("right", "wrong"), kinds, strict=True):
            axes.text(column + 1, -0.05, kind if shown.size else f"nothing {kind}", ha="center", va="bottom", fontweight="bold")
            show(axes, model.gallery, shown, column)
            for row, index in enumerate(shown):
                truth = "" if kind == "right" else f"\nis {names[said.true[index]]}"
                _tiles.write(axes, f"{names[said.said[index]]} {100 * said.confidence[index]:.0f} %{truth}", column + 1, row)
    return {"grad_cam": figure}


def show(axes: Axes, gallery: Gallery, shown: Int[ndarray, "row"], column: int) -> None:
    """Images in one column, and in the next the same in grey under their maps."""
    for row, index in enumerate(shown):
        image, where = gallery.images[index], _tiles.extent(column + 1, row)
        _tiles.place(axes, image, column, row)
        _tiles.place(axes, image.mean(2, keepdims=True).astype(np.uint8), column + 1, row)
        axes.imshow(
            gallery.cams[index], extent=where, cmap="inferno", vmin=0, vmax=255, alpha=0.6, interpolation="bilinear", aspect="equal"
        )
