"""The fusions' curves: each unfreezing is marked where it happened, with what it opened."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.reporting.figures.stage2_progressive_unfreezing import Config, draw
from lightcnn.reporting.results import Results
from tests.synthetic import FUSIONS, OPENED


def drawn(results: Results) -> Figure:
    figures = draw(Config(), results)
    assert list(figures) == ["stage2_progressive_unfreezing"]
    return figures["stage2_progressive_unfreezing"]


def marks(axes: Axes) -> list[float]:
    return [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "unfreezing"]


@pytest.mark.parametrize("place", range(2))
def test_every_phase_after_the_first_is_marked_between_its_epochs_and_named(found: Results, place: int) -> None:
    loss, accuracy = drawn(found).axes[2 * place : 2 * place + 2]
    first, *later = OPENED[list(FUSIONS)[place]]
    assert marks(loss) == marks(accuracy) == [5 * phase + 0.5 for phase in range(1, len(later) + 1)]
    assert [text.get_text() for text in accuracy.texts] == [f"+ {opened}" for opened in later]
    assert [text.xy[0] for text in accuracy.texts] == marks(accuracy)
    assert loss.get_title("left") == f"{list(FUSIONS)[place]} (n = 3): begins with {first}"


def test_lines_are_the_means_over_seeds(found: Results) -> None:
    for place, curves in enumerate(found.fusions.values()):
        loss, accuracy = drawn(found).axes[2 * place : 2 * place + 2]
        lines = {line.get_label(): line.get_ydata() for axes in (loss, accuracy) for line in axes.lines if line.get_gid() is None}
        np.testing.assert_allclose(lines["training loss"], np.mean([c.train_loss for c in curves], axis=0))
        np.testing.assert_allclose(lines["validation NLL"], np.mean([c.valid_nll for c in curves], axis=0))
        np.testing.assert_allclose(lines["validation accuracy"], 100 * np.mean([c.valid_top1 for c in curves], axis=0))


def test_a_fusion_without_training_is_left_out(found: Results) -> None:
    assert len(drawn(found._replace(fusions={**found.fusions, "vote": []})).axes) == 4
    assert draw(Config(), found._replace(fusions={"vote": []})) == {}


def test_the_description_says_what_was_opened_when(found: Results) -> None:
    assert "baseline: fusion from epoch 1, conv2 from epoch 6, conv1 from epoch 11" in str(drawn(found).get_label())
