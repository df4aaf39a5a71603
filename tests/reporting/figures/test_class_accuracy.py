"""Per-class bars against scikit-learn."""

from pathlib import Path

import numpy as np
from sklearn.metrics import precision_score, recall_score

from lightcnn.reporting.figures.class_accuracy import Config, draw
from lightcnn.reporting.results import Results
from tests import synthetic


def test_bars_are_recalls_and_diamonds_precisions_best_class_first(found: Results) -> None:
    model, axes = found.models["enhanced"], draw(Config(), found)["class_accuracy"].axes[0]
    by_seed = [recall_score(model.labels, row, average=None) for row in model.predictions]
    recall, spread = 100 * np.mean(by_seed, axis=0), 100 * np.std(by_seed, axis=0, ddof=1)
    precision = 100 * np.mean([precision_score(model.labels, row, average=None) for row in model.predictions], axis=0)
    order = np.argsort(-recall, kind="stable")
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], recall[order])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [synthetic.CLASSES[i] for i in order]
    (diamonds,) = [line for line in axes.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(diamonds.get_xdata(), precision[order])
    ends = np.array([segment[:, 0] for segment in axes.collections[0].get_segments()])
    np.testing.assert_allclose(ends, np.stack([recall - spread, recall + spread], 1)[order])


def test_one_seed_has_no_bars_of_deviation(tmp_path: Path) -> None:
    single = synthetic.results(synthetic.write(tmp_path, seeds=1))
    assert not draw(Config(), single)["class_accuracy"].axes[0].collections


def test_of_many_classes_the_best_and_the_worst_are_shown(tmp_path: Path) -> None:
    many = synthetic.results(synthetic.write(tmp_path, classes=tuple(f"c{i}" for i in range(100)), seeds=1, images=2000))
    figure = draw(Config(), many)["class_accuracy"]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    every = 100 * recall_score(many.models["enhanced"].labels, many.models["enhanced"].predictions[0], average=None)
    np.testing.assert_allclose(widths, np.sort(every)[::-1][[*range(12), *range(-12, 0)]])
    assert "24 of 100 classes" in figure.get_supxlabel()
