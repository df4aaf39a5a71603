"""Features on a plane: every image once, marked as what it is, and alike ones together."""

from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from lightcnn.reporting.figures.tsne_features import Config, draw, plane
from lightcnn.reporting.results import Results
from tests import synthetic


def test_features_that_are_alike_come_to_lie_together(found: Results) -> None:
    model = found.models["enhanced"]
    labels = model.labels[model.feature_rows]
    assert KNeighborsClassifier(3).fit(places := plane(model.features), labels).score(places, labels) > 0.95


def test_every_image_is_drawn_once_and_hollow_where_it_was_taken_for_another_class(found: Results) -> None:
    model, axes = found.models["enhanced"], draw(Config(), found)["tsne_features"].axes[0]
    labels = model.labels[model.feature_rows]
    hit = model.logits[model.feature_rows].argmax(1) == labels
    full, hollow = axes.lines[::2], axes.lines[1::2]
    assert [line.get_label() for line in full] == list(synthetic.CLASSES)
    for label, (known, mistaken) in enumerate(zip(full, hollow, strict=True)):
        assert len(known.get_xdata()) == (hit & (labels == label)).sum()
        assert len(mistaken.get_xdata()) == (~hit & (labels == label)).sum()
        assert mistaken.get_markerfacecolor() == "none"
    assert len({(line.get_color(), line.get_marker()) for line in full}) == 10


def test_of_many_classes_the_ten_least_recognised_have_colours(tmp_path: Path) -> None:
    many = synthetic.results(synthetic.write(tmp_path, classes=tuple(f"c{i}" for i in range(30)), seeds=1))
    axes = draw(Config(), many)["tsne_features"].axes[0]
    others, *named = axes.lines
    assert others.get_label() == "others"
    assert len(named) == 20
    assert sum(len(line.get_xdata()) for line in axes.lines) == len(many.models["enhanced"].features)


def test_the_same_features_give_the_same_places_and_few_are_enough() -> None:
    features = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float16)
    np.testing.assert_array_equal(plane(features), plane(features))
    assert np.isfinite(plane(np.zeros((5, 3), np.float16))).all()
