"""Soft voting against scikit-learn's, and without overflow."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.ensemble import VotingClassifier
from torch import nn

from lightcnn.models.fusions import soft_vote
from tests.helpers import floats_of, size_of


def branches() -> tuple[nn.Sequential, nn.Sequential]:
    torch.manual_seed(0)
    first, second = (nn.Sequential(nn.Flatten(), nn.Linear(12, 4)) for _ in range(2))
    return first, second


def test_probabilities_are_scikit_learns_soft_vote() -> None:
    first, second = branches()
    images = 3 * floats_of(20, 3, 2, 2)
    each = [branch(images).double().softmax(1) for branch in (first, second)]
    referee = VotingClassifier([], voting="soft")
    referee.estimators_ = [SimpleNamespace(predict_proba=lambda _, probs=probs: probs.detach().numpy()) for probs in each]
    referee.classes_ = np.arange(4)
    wanted = referee.predict_proba(images.flatten(1).numpy())
    found = soft_vote.build(soft_vote.Config(), first, second, 4)(images).softmax(1)
    assert np.allclose(found.detach().numpy(), wanted, atol=1e-6)


def test_sure_branches_that_disagree_stay_finite_and_equal() -> None:
    first, second = (nn.Sequential(nn.Flatten()) for _ in range(2))
    images = torch.tensor([[500.0, 0.0, -500.0, 0.0]]).view(1, 1, 2, 2)
    second.append(nn.Unflatten(1, (2, 2))).append(nn.Flatten())
    logits = soft_vote.build(soft_vote.Config(), first, second, 4)(images)
    assert logits.isfinite().all()
    assert torch.allclose(logits.softmax(1), images.flatten(1).softmax(1))


def test_nothing_is_added_to_the_branches() -> None:
    first, second = branches()
    assert size_of(soft_vote.build(soft_vote.Config(), first, second, 4)) == size_of(first) + size_of(second)
