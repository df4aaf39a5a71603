"""Temperature scaling against SciPy's search, and a case whose answer is known."""

import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from lightcnn.data.types import Split
from lightcnn.evaluation.inference import temperature
from lightcnn.evaluation.types import Ensemble
from tests.helpers import drawing, floats_of, images_of

LABELS = torch.arange(300) % 4
LOGITS = 3 * floats_of(300, 4) + 2 * torch.eye(4)[LABELS]
"""Right more often than not, and too sure of it."""


def test_is_the_temperature_of_the_greatest_likelihood() -> None:
    def loss(value: float) -> float:
        return log_loss(LABELS, (LOGITS.double() / value).softmax(1))

    assert temperature.fit(LOGITS, LABELS) == pytest.approx(minimize_scalar(loss, bounds=(0.1, 20), method="bounded").x, rel=1e-3)


def test_logits_that_are_right_about_their_confidence_stay_as_they_are() -> None:
    logits = floats_of(20_000, 3)
    labels = torch.multinomial(logits.softmax(1), 1, generator=drawing()).flatten()
    assert temperature.fit(logits, labels) == pytest.approx(1, abs=0.05)
    assert temperature.fit(5 * logits, labels) == pytest.approx(5, abs=0.25)


def test_every_seed_is_cooled_by_its_own_and_no_answer_changes() -> None:
    valid = Split(images_of(300, 1, 2).permute(0, 2, 3, 1), LABELS)
    panel = Ensemble([lambda _: LOGITS, lambda _: 2 * LOGITS], [])
    one, two = (predict(valid.images) for predict in temperature.build(temperature.Config(), panel, valid))
    assert torch.allclose(one, two, rtol=1e-3)
    assert torch.equal(one.argmax(1), LOGITS.argmax(1))
