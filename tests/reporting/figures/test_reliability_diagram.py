"""The reliability diagram: bins counted by hand."""

import numpy as np
import pytest
from scipy.special import softmax

from lightcnn.reporting.figures.reliability_diagram import BINS, Config, draw
from lightcnn.reporting.results import Model, Results


def by_hand(model: Model) -> list[tuple[int, float, float]]:
    """Images, accuracy and mean confidence of each bin that has any, in a plain loop."""
    bins: dict[int, list[tuple[bool, float]]] = {}
    for logits, label in zip(softmax(model.logits.astype(np.float64), axis=1), model.labels, strict=True):
        place = next(i for i in range(BINS) if logits.max() <= (i + 1) / BINS or i == BINS - 1)
        bins.setdefault(place, []).append((int(logits.argmax()) == label, float(logits.max())))
    return [(len(b), float(np.mean([hit for hit, _ in b])), float(np.mean([sure for _, sure in b]))) for _, b in sorted(bins.items())]


def test_bars_are_the_bins_counted_by_hand(found: Results) -> None:
    model, (upper, lower) = found.models["enhanced"], draw(Config(), found)["reliability_diagram"].axes
    expected = by_hand(model)
    np.testing.assert_allclose([bar.get_height() for bar in upper.patches], [100 * accuracy for _, accuracy, _ in expected])
    shares = [bar.get_height() for bar in lower.patches]
    np.testing.assert_allclose([share for share in shares if share], [count / 4 for count, _, _ in expected])
    (marks,) = [line for line in upper.lines if line.get_marker() == "_"]
    np.testing.assert_allclose(marks.get_ydata(), [100 * sure for _, _, sure in expected])


def test_the_error_told_is_that_of_the_bins(found: Results) -> None:
    expected = sum(count / 400 * abs(accuracy - sure) for count, accuracy, sure in by_hand(found.models["enhanced"]))
    assert f"Expected calibration error {100 * expected:.1f} %" in draw(Config(), found)["reliability_diagram"].get_supxlabel()


@pytest.mark.parametrize("sure", [0, 30])
def test_a_model_that_is_never_or_always_sure_fills_one_bin(found: Results, sure: float) -> None:
    model = found.models["enhanced"]._replace(logits=np.eye(10, dtype=np.float16)[np.zeros(400, int)] * np.float16(sure))
    upper, lower = draw(Config(), found._replace(models={"enhanced": model}))["reliability_diagram"].axes
    assert [bar.get_height() for bar in upper.patches] == [10]
    assert [bar.get_height() for bar in lower.patches][-1 if sure else 1] == 100
