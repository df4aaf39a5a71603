"""The most confident mistakes: which images, in which order, with which words."""

import numpy as np
from scipy.special import softmax

from lightcnn.reporting.figures.confident_mistakes import Config, draw
from lightcnn.reporting.results import Results
from tests.synthetic import CLASSES


def test_the_surest_mistakes_are_shown_with_what_was_said_and_what_is_true(found: Results) -> None:
    model, axes = found.models["enhanced"], draw(Config(), found)["confident_mistakes"].axes[0]
    chances = softmax(model.logits.astype(np.float64), axis=1)
    wrong = [row for row in model.gallery.rows if chances[row].argmax() != model.labels[row]]
    shown = sorted(wrong, key=lambda row: -chances[row].max())[:12]
    assert [text.get_text() for text in axes.texts] == [
        f"{CLASSES[chances[row].argmax()]} {100 * chances[row].max():.0f} %\nis {CLASSES[model.labels[row]]}" for row in shown
    ]
    for picture, row in zip(axes.images, shown, strict=True):
        np.testing.assert_array_equal(picture.get_array(), model.gallery.images[list(model.gallery.rows).index(row)])


def test_no_two_images_lie_over_one_another(found: Results) -> None:
    covered = np.zeros((400, 600), int)
    for picture in draw(Config(), found)["confident_mistakes"].axes[0].images:
        left, right, bottom, top = (round(100 * edge) for edge in picture.get_extent())
        covered[left:right, top:bottom] += 1
    assert covered.max() == 1
    assert covered.sum() == 12 * 94 * 94


def test_a_model_that_is_always_right_has_none(found: Results) -> None:
    model = found.models["enhanced"]
    right = model._replace(logits=np.eye(10, dtype=np.float16)[model.labels])
    assert draw(Config(), found._replace(models={"enhanced": right})) == {}
