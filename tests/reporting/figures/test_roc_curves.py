"""ROC curves: their areas, taken from what is drawn, against scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from lightcnn.reporting.figures.roc_curves import Config, draw
from lightcnn.reporting.results import Results
from tests import synthetic


@pytest.mark.parametrize("classes", [2, 10, 30])
def test_the_area_under_each_line_is_scikit_learns(tmp_path: Path, classes: int) -> None:
    found = synthetic.results(synthetic.write(tmp_path, classes=tuple(f"c{i}" for i in range(classes)), seeds=1))
    model, figure = found.models["enhanced"], draw(Config(), found)["roc_curves"]
    lines = {int(line.get_gid()): line for line in figure.axes[0].lines if line.get_gid()}
    scores = softmax(model.logits.astype(np.float64), axis=1)
    assert len(lines) == classes
    for label, line in lines.items():
        area = np.trapezoid(line.get_ydata(orig=True) / 100, line.get_xdata(orig=True) / 100)
        expected = roc_auc_score(model.labels == label, scores[:, label])
        assert area == pytest.approx(expected, abs=1e-4)  # ties may be broken by the last bit
        assert classes == 30 or line.get_label() == f"c{label} ({area:.3f})"


def test_the_mean_says_the_mean_area(found: Results) -> None:
    model = found.models["enhanced"]
    expected = roc_auc_score(model.labels, softmax(model.logits.astype(np.float64), axis=1), multi_class="ovr")
    (key,) = draw(Config(), found)["roc_curves"].subfigs[1].legends
    assert f"mean ({expected:.3f})" in [text.get_text() for text in key.get_texts()]


def test_of_many_classes_only_the_mean_is_named(tmp_path: Path) -> None:
    many = synthetic.results(synthetic.write(tmp_path, classes=tuple(f"c{i}" for i in range(30)), seeds=1))
    (key,) = draw(Config(), many)["roc_curves"].subfigs[1].legends
    assert [text.get_text().split(" ")[0] for text in key.get_texts()] == ["mean", "guessing"]


def test_ten_lines_differ_in_colour_or_dash(found: Results) -> None:
    lines = [line for line in draw(Config(), found)["roc_curves"].axes[0].lines if line.get_gid()]
    assert len({(line.get_color(), str(line.get_linestyle()), str(line._dash_pattern)) for line in lines}) == 10
