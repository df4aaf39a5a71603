"""What the best model makes of images before it decides: their features, laid out on a plane by t-SNE.

source     evaluation/MODEL.npz: what the last layer with weights reads, for test images that were drawn; van der Maaten and Hinton 2008, JMLR 9
reads      near means alike; far means nothing, nor do sizes and axes; hollow marks were taken for another class
differs    of more than ten classes, only the ten that are recognised least have colours
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray

from lightcnn.core.config import StrictModel
from lightcnn.reporting.analysis import best, per_class
from lightcnn.reporting.figures._style import MARKERS, PALETTE, class_labels, new_figure, styled
from lightcnn.reporting.results import Model, Results

NAMED = 10


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure, of the model that is best on validation."""
    model, classes = best(results), results.data.classes
    places = plane(model.features)
    recalls = [score.recall.mean for score in per_class(model, classes)]
    named = sorted(np.argsort(recalls, kind="stable")[:NAMED].tolist())
    title = f"Features by t-SNE: {model.name} on {results.dataset}"
    description = f"Features of {len(places)} test images on a plane, by {model.name}; classes that it tells apart form islands."
    caption = f"Exported seed, {len(places):,} test images, drawn class by class. Hollow: taken for another class."
    with styled():
        figure, (axes,), key = new_figure(title, description, results.note, [4.4], 0.25 + 0.065 * (len(named) + 1), caption)
        draw_others(axes, places, model, named)
        names = class_labels(classes, 16)
        for place, label in enumerate(named):
            draw_class(axes, places, model, label, place, names[label])
        axes.set_axis_off()
        key.legend(*axes.get_legend_handles_labels(), loc="upper left", ncols=3)
    return {"tsne_features": figure}


def plane(features: Float[ndarray, "image feature"]) -> Float[ndarray, "image 2"]:
    """Two coordinates for each image. One thread, so that the same features give the same bytes."""
    # Not above: `plan` reads this component's Config and would wait for them.
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30, (len(features) - 1) / 3)
    with threadpool_limits(1):
        return TSNE(perplexity=perplexity, init="random", random_state=0).fit_transform(features.astype(np.float64))


def draw_others(axes: Axes, places: Float[ndarray, "image 2"], model: Model, named: list[int]) -> None:
    """Images of classes without a colour, in grey."""
    rest = places[~np.isin(model.labels[model.feature_rows], named)]
    if len(rest):
        axes.plot(*rest.T, ".", color="#c8ccd1", markersize=3, label="others")


def draw_class(axes: Axes, places: Float[ndarray, "image 2"], model: Model, label: int, place: int, name: str) -> None:
    """One class: full marks where it was recognised, hollow ones where it was not."""
    labels, said = model.labels[model.feature_rows], model.logits[model.feature_rows].argmax(1)
    colour, marker = PALETTE[place % len(PALETTE)], MARKERS[(place + place // len(PALETTE)) % len(MARKERS)]
    look: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4, "markeredgewidth": 0.8}
    axes.plot(*places[(labels == label) & (said == label)].T, **look, label=name)
    axes.plot(*places[(labels == label) & (said != label)].T, **look, markerfacecolor="none")
