"""Class-specific thresholds: offsets that undo a shift of priors, and their penalty."""

import pytest
import torch
from scipy.optimize import minimize
from sklearn.metrics import log_loss

from lightcnn.data.types import Split
from lightcnn.evaluation.inference import thresholds
from lightcnn.evaluation.types import Ensemble
from tests.helpers import drawing, floats_of, images_of


def test_offsets_are_those_that_scipy_finds() -> None:
    logits, labels = floats_of(200, 3), torch.arange(200) % 3

    def loss(offsets: list[float]) -> float:
        shift = torch.tensor(offsets, dtype=torch.float64)
        return log_loss(labels, (logits.double() + shift).softmax(1)) + 0.1 / 2 * float(shift.square().sum())

    found = thresholds.fit(thresholds.Config(l2=0.1), logits, labels)
    assert found.tolist() == pytest.approx(minimize(loss, [0.0] * 3).x.tolist(), abs=1e-3)


def test_a_class_that_is_named_too_seldom_is_named_more_often() -> None:
    honest = floats_of(4000, 3)
    labels = torch.multinomial(honest.softmax(1), 1, generator=drawing()).flatten()
    valid = Split(images_of(1, 1, 2).permute(0, 2, 3, 1), labels)
    shy = honest - torch.tensor([2.0, 0.0, 0.0])
    (predict,) = thresholds.build(thresholds.Config(l2=1e-4), Ensemble([lambda _: shy], []), valid)
    found = predict(valid.images)
    right = (found.argmax(1) == labels).float().mean()
    assert right > (shy.argmax(1) == labels).float().mean() + 0.05
    assert right == pytest.approx((honest.argmax(1) == labels).float().mean().item(), abs=0.01)


def test_a_heavy_penalty_leaves_everything_as_it_is() -> None:
    assert thresholds.fit(thresholds.Config(l2=100), floats_of(50, 3), torch.zeros(50, dtype=torch.int64)).abs().max() < 0.01
