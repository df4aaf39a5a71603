"""What the best model gets wrong and is most sure of: the test images themselves.

source     evaluation/MODEL.npz: its gallery holds the most confident mistakes of the exported seed on the whole test split
reads      above what was said, and with what probability; below what it is; the surest mistake comes first
differs    nothing
"""

import numpy as np
from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import best
from lightcnn.reporting.figures import _image_grid
from lightcnn.reporting.figures._style import class_labels, new_figure, styled
from lightcnn.reporting.results import Results

COLUMNS, MOST = 4, 12


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation, or none where it makes no mistake."""
    model = best(results)
    said = _image_grid.predictions_of(model)
    mistakes = np.flatnonzero(said.true != said.said)
    shown = mistakes[np.argsort(-said.confidence[mistakes], kind="stable")][:MOST].tolist()
    if not shown:
        return {}
    names = class_labels(results.data.classes, _image_grid.NAME)
    words = [_image_grid.words(said, index, names) for index in shown]
    rows = -(-len(shown) // COLUMNS)
    title = f"Most confident mistakes: {model.name} on {results.dataset}"
    description = f"The {len(shown)} most confident mistakes of {model.name}: {'; '.join(words)}.".replace("\n", ", ")
    with styled():
        figure, panels = new_figure(title, description, results.note, [1.7 * rows], caption="Exported seed.")[:2]
        _image_grid.ready(panels[0], COLUMNS, rows)
        for place, (index, word) in enumerate(zip(shown, words, strict=True)):
            _image_grid.place(panels[0], model.gallery.images[index], place % COLUMNS, place // COLUMNS)
            _image_grid.write(panels[0], word, place % COLUMNS + 0.5, place // COLUMNS)
    return {"confident_mistakes": figure}
