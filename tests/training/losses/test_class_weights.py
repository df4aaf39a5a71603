"""Class weights: against torch's own weighted loss, scikit-learn's balanced weights, and by hand."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import nn

from lightcnn.data.types import Batch
from lightcnn.training.losses.class_weights import Config, build
from tests.helpers import floats_of

IMAGES = torch.empty(0, 1, 1, 1)
LABELS = torch.tensor([0] * 60 + [1] * 30 + [2] * 9 + [3])
COUNTS = LABELS.bincount()


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_of_one_hot_targets_it_is_torchs_with_scikit_learns_weights(power: float) -> None:
    balanced = compute_class_weight("balanced", classes=np.arange(4), y=LABELS.numpy())
    theirs = nn.CrossEntropyLoss(weight=torch.tensor(balanced**power, dtype=torch.float32))
    logits, labels = floats_of(50, 4), torch.arange(50) % 4
    loss = build(Config(power=power), COUNTS)(logits, Batch(IMAGES, torch.eye(4)[labels]))
    assert loss.item() == pytest.approx(theirs(logits, labels).item(), rel=1e-6)


def test_soft_targets_weigh_what_their_classes_do() -> None:
    # Two classes of 9 and 1 images weigh 10/18 and 5; an image that is half of each carries 25/9.
    criterion, logits = build(Config(), torch.tensor([9, 1])), torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    targets, log_probs = torch.tensor([[0.5, 0.5], [1.0, 0.0]]), logits.log_softmax(1)
    first = -(10 / 18 * log_probs[0, 0] + 5 * log_probs[0, 1]) / 2
    by_hand = (first - 10 / 18 * log_probs[1, 0]) / (25 / 9 + 10 / 18)
    assert criterion(logits, Batch(IMAGES, targets)).item() == pytest.approx(by_hand.item(), rel=1e-6)
