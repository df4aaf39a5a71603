"""Confusion matrices: against scikit-learn, of the right model, and safe from what classes are called."""

import io
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from lightcnn.core.errors import UserError
from lightcnn.reporting.figures.confusion_matrix import Config, draw
from lightcnn.reporting.results import Results
from tests import synthetic


@pytest.mark.parametrize(("stem", "name"), [("baseline_confusion_matrix", "baseline"), ("best_confusion_matrix", "enhanced")])
def test_shows_the_share_of_each_true_class_over_all_seeds(found: Results, stem: str, name: str) -> None:
    # `enhanced-augmented` is better on test: best is best on validation.
    model = found.models[name]
    figure = draw(Config(), found)[stem]
    expected = confusion_matrix(np.tile(model.labels, 3), model.predictions.ravel(), normalize="true")
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), 100 * expected)
    assert f": {name} on CIFAR-10" in figure.get_suptitle()
    assert "n\u00a0=\u00a03" in figure.get_suptitle()


def test_rows_are_true_columns_are_predicted_classes(found: Results) -> None:
    model = found.models["baseline"]._replace(labels=np.zeros(4, np.int64), predictions=np.array([[1, 1, 1, 0]]))
    figure = draw(Config(), found._replace(models={"baseline": model}))["baseline_confusion_matrix"]
    axes = figure.axes[0]
    assert axes.images[0].get_array()[0, :2].tolist() == [25, 75]
    assert (axes.get_xlabel().split()[0], axes.get_ylabel().split()[0]) == ("predicted", "true")
    assert [(text.get_position(), text.get_text()) for text in axes.texts] == [((0, 0), "25"), ((1, 0), "75")]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(synthetic.CLASSES)


def test_a_baseline_that_is_no_model_is_a_fault(found: Results) -> None:
    with pytest.raises(UserError, match=r"no model 'absent'.*baseline-raw"):
        draw(Config(baseline="absent"), found)


@pytest.mark.parametrize("count", [2, 100])
def test_draws_any_number_of_classes_whatever_their_names(tmp_path: Path, count: int) -> None:
    classes = tuple(f"$\\frac{{{i}$ <b>_{i}" for i in range(count))
    found = synthetic.results(synthetic.write(tmp_path, classes=classes, seeds=1))
    figure = draw(Config(), found)["best_confusion_matrix"]
    figure.savefig(io.BytesIO(), dpi=50)
    assert len(figure.axes) == (1 if count == 2 else 2)
    assert len(figure.axes[0].get_xticks()) <= 25
