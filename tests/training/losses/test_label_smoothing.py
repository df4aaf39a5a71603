"""Label smoothing by its definition, and against timm's and torch's own."""

import pytest
import torch
from timm.loss import LabelSmoothingCrossEntropy
from torch.nn import functional

from lightcnn.data.types import Batch
from lightcnn.training.losses.label_smoothing import Config, build
from tests.helpers import floats_of

IMAGES, EVEN = torch.empty(0, 1, 1, 1), torch.ones(4, dtype=torch.int64)


@pytest.mark.parametrize("smoothing", [0.1, 0.4])
def test_soft_targets_are_mixed_with_the_even_distribution(smoothing: float) -> None:
    logits, targets = floats_of(6, 4).double(), floats_of(6, 4, seed=1).double().softmax(1)
    smooth = (1 - smoothing) * targets + smoothing / 4
    by_hand = -(smooth * (logits.exp() / logits.exp().sum(1, keepdim=True)).log()).sum(1).mean()
    assert build(Config(smoothing=smoothing), EVEN)(logits, Batch(IMAGES, targets)).item() == pytest.approx(by_hand.item(), rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.1, 0.4])
def test_of_one_hot_targets_it_is_timms_and_torchs(smoothing: float) -> None:
    logits, labels = floats_of(50, 4), torch.arange(50) % 4
    loss = build(Config(smoothing=smoothing), EVEN)(logits, Batch(IMAGES, torch.eye(4)[labels])).item()
    assert loss == pytest.approx(LabelSmoothingCrossEntropy(smoothing)(logits, labels).item(), rel=1e-6)
    assert loss == pytest.approx(functional.cross_entropy(logits, labels, label_smoothing=smoothing).item(), rel=1e-6)
