"""Soft voting over members: the mean of their probabilities."""

import torch

from lightcnn.data.types import Split
from lightcnn.evaluation.inference import soft_vote
from lightcnn.evaluation.types import Ensemble
from tests.helpers import floats_of, images_of

SPLIT = Split(images_of(7, 1, 2).permute(0, 2, 3, 1), torch.zeros(7, dtype=torch.int64))


def test_probabilities_are_the_mean_of_all_members_and_of_no_one_else() -> None:
    says = [4 * floats_of(7, 3, seed=seed) for seed in range(3)]
    panel = Ensemble([lambda _: torch.full((7, 3), torch.nan)], [lambda _, logits=logits: logits for logits in says])
    (vote,) = soft_vote.build(soft_vote.Config(), panel, SPLIT)
    assert torch.allclose(vote(SPLIT.images).softmax(1), torch.stack(says).softmax(2).mean(0), atol=1e-6)
