"""MixUp or CutMix: how often which, and that each is what it is alone."""

import math

import pytest
import torch
from scipy.stats import beta, kstest

from lightcnn.core.types import Step
from lightcnn.data.mix._mixing import sample_cutmix
from lightcnn.data.mix.mixup_cutmix import Config, build, sample_either
from lightcnn.data.types import Batch
from tests.helpers import drawing

SHAPE = torch.Size((20_000, 3, 8, 8))


def is_blend(share: torch.Tensor) -> torch.Tensor:
    """Which shares are a single number strictly between 0 and 1; with alphas of 2 no blend is at the ends."""
    flat = share.flatten(1)
    return (flat == flat[:, :1]).all(1) & (flat[:, 0] > 0) & (flat[:, 0] < 1)


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_a_part_of_the_images_as_asked_for_is_cut(probability: float) -> None:
    share = sample_either(Config(mixup_alpha=2.0, switch_prob=probability), SHAPE, drawing())
    cut = ~is_blend(share)
    assert abs(cut.double().mean().item() - probability) < 6 * math.sqrt(probability * (1 - probability) / SHAPE[0])
    assert torch.equal(share[cut], share[cut].round())


def test_each_draws_with_its_own_alpha() -> None:
    share = sample_either(Config(mixup_alpha=2.0, cutmix_alpha=0.5), SHAPE, drawing())
    blends = is_blend(share)
    assert kstest(share[blends, 0, 0, 0].double().numpy(), beta(2, 2).cdf).pvalue > 1e-3
    left, alone = share[~blends].mean((1, 2, 3)), sample_cutmix(0.5, SHAPE, drawing(1)).mean((1, 2, 3))
    assert kstest(left.numpy(), alone.numpy()).pvalue > 1e-3


def test_a_batch_has_blends_and_cuts_with_the_targets_of_each() -> None:
    own = torch.arange(100).view(-1, 1, 1, 1).float()
    images, targets = build(Config(mixup_alpha=2.0))(Batch(own.expand(-1, 1, 8, 8), torch.eye(100)), Step(0, 1, 1), drawing())
    flat = images.flatten(1)
    blended = (flat == flat[:, :1]).all(1) & (targets.diagonal() < 1)
    partner = (targets - 2 * torch.eye(100)).argmax(1)
    lam = targets.diagonal()
    cut = ~blended & (lam < 1)
    assert torch.allclose(flat[blended, 0], (lam * torch.arange(100) + (1 - lam) * partner)[blended], atol=1e-4)
    assert torch.allclose((flat == own.flatten(1))[cut].float().mean(1), lam[cut], atol=1e-6)
    assert min(blended.sum(), cut.sum()) > 30
