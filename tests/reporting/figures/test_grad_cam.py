"""Grad-CAM pictures: each map over its own image, right ones left and wrong ones right."""

import numpy as np
import pytest

from lightcnn.reporting.figures.grad_cam import ROWS, Config, draw
from lightcnn.reporting.results import Results


def test_right_and_wrong_images_stand_beside_their_maps(found: Results) -> None:
    model, axes = found.models["enhanced"], draw(Config(), found)["grad_cam"].axes[0]
    is_right = model.logits.argmax(1)[model.gallery.rows] == model.labels[model.gallery.rows]
    for column, kind in ((0, is_right), (2, ~is_right)):
        for row, index in enumerate(np.flatnonzero(kind)[:ROWS]):
            here = {(round(left), interpolation): picture for picture in axes.images for left, _, _, top in [picture.get_extent()]
                    for interpolation in [picture.get_interpolation()] if int(top / 1.34) == row}  # fmt: skip
            np.testing.assert_array_equal(here[column, "nearest"].get_array(), model.gallery.images[index])
            np.testing.assert_array_equal(here[column + 1, "bilinear"].get_array(), model.gallery.cams[index])
    assert len(axes.images) == 2 * ROWS * 3


@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_a_model_of_which_nothing_is_right_or_wrong_is_drawn_with_these_words(found: Results, kind: str) -> None:
    model = found.models["enhanced"]
    said = (model.labels + (kind == "right")) % 10
    figure = draw(Config(), found._replace(models={"enhanced": model._replace(logits=np.eye(10, dtype=np.float16)[said])}))["grad_cam"]
    assert f"nothing {kind}" in [text.get_text() for text in figure.axes[0].texts]
