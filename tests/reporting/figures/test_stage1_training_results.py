"""The branches' curves: what is drawn is what was recorded."""

import numpy as np
from matplotlib.figure import Figure

from lightcnn.reporting.figures.stage1_training_results import Config, draw
from lightcnn.reporting.results import Results
from tests import synthetic


def drawn(results: Results) -> Figure:
    figures = draw(Config(), results)
    assert list(figures) == ["stage1_training_results"]
    return figures["stage1_training_results"]


def test_lines_are_the_means_over_seeds(found: Results) -> None:
    columns = (("train_loss", 1), ("valid_nll", 1), ("valid_top1", 100))
    for axes, (column, scale) in zip(drawn(found).axes, columns, strict=True):
        assert [line.get_label() for line in axes.lines] == [f"{name} (n = 3)" for name in synthetic.TRAININGS]
        for line, name in zip(axes.lines, synthetic.TRAININGS, strict=True):
            seeds = [getattr(curve, column) for curve in found.trainings[name]]
            assert list(line.get_xdata()) == list(range(1, 11))
            np.testing.assert_allclose(line.get_ydata(), scale * np.mean(seeds, axis=0))


def test_bands_reach_from_the_lowest_to_the_highest_seed(found: Results) -> None:
    accuracy = drawn(found).axes[2]
    seeds = [100 * curve.valid_top1 for curve in found.trainings[synthetic.TRAININGS[0]]]
    edges = accuracy.collections[0].get_paths()[0].vertices
    for epoch in range(10):
        heights = edges[edges[:, 0] == epoch + 1, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [min(s[epoch] for s in seeds), max(s[epoch] for s in seeds)])


def test_one_seed_has_no_band(found: Results) -> None:
    single = found._replace(trainings={name: curves[:1] for name, curves in found.trainings.items()})
    figure = drawn(single)
    assert not any(axes.collections for axes in figure.axes)
    assert "(n = 1)" in figure.axes[0].lines[0].get_label()


def test_axes_say_what_they_measure_and_in_which_unit(found: Results) -> None:
    figure = drawn(found)
    assert [axes.get_ylabel() for axes in figure.axes] == ["training loss (nats)", "validation NLL (nats)", "validation accuracy (%)"]
    assert figure.axes[-1].get_xlabel() == "epoch"
    assert figure.get_suptitle() == "Stage 1: training on CIFAR-10"


def test_what_trained_nothing_is_not_drawn(found: Results) -> None:
    assert draw(Config(), found._replace(trainings={"vote": []})) == {}
