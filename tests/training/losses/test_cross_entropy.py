"""Cross entropy by its definition."""

import torch
from sklearn.metrics import log_loss

from lightcnn.data.types import Batch
from lightcnn.training.losses import cross_entropy
from tests.helpers import floats_of

IMAGES = torch.empty(0, 1, 1, 1)
CRITERION = cross_entropy.build(cross_entropy.Config(), torch.ones(4, dtype=torch.int64))


def test_is_the_mean_over_images_of_the_sum_over_classes() -> None:
    logits, targets = floats_of(6, 4), floats_of(6, 4, seed=1).softmax(1)
    exact = logits.double().exp()
    by_hand = -(targets * (exact / exact.sum(1, keepdim=True)).log()).sum(1).mean()
    assert abs(CRITERION(logits, Batch(IMAGES, targets)).item() - by_hand.item()) < 1e-6


def test_of_one_hot_targets_is_scikit_learns_log_loss() -> None:
    logits, labels = floats_of(50, 4).double(), torch.arange(50) % 4
    assert abs(CRITERION(logits, Batch(IMAGES, torch.eye(4).double()[labels])).item() - log_loss(labels, logits.softmax(1))) < 1e-12
