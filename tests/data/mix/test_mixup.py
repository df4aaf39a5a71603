"""MixUp against torchvision and a worked example."""

import pytest
import torch
from scipy.stats import beta, kstest
from torchvision.transforms import v2

from lightcnn.core.types import Step
from lightcnn.data.mix._mixing import Mixing, apply_mixing
from lightcnn.data.mix.mixup import Config, build
from lightcnn.data.types import Batch
from tests.helpers import drawing, floats_of


def test_blends_image_and_target_alike() -> None:
    batch = Batch(torch.tensor([0.0, 10.0]).view(2, 1, 1, 1), torch.eye(2))
    mixed = apply_mixing(batch, Mixing(torch.tensor([1, 0]), torch.tensor([0.8, 0.5]).view(2, 1, 1, 1)))
    assert torch.allclose(mixed.images.flatten(), torch.tensor([2.0, 5.0]))
    assert torch.allclose(mixed.targets, torch.tensor([[0.8, 0.2], [0.5, 0.5]]))


@pytest.mark.parametrize("seed", range(5))
def test_with_torchvisions_lam_it_gives_torchvisions_batch(seed: int) -> None:
    images = floats_of(6, 3, 8, 8)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        theirs = Batch(*v2.MixUp(alpha=1.0, num_classes=6)(images, torch.arange(6)))
    lam = theirs.targets[0, 0]
    ours = apply_mixing(Batch(images, torch.eye(6)), Mixing(torch.arange(6).roll(1), lam.expand(6, 1, 1, 1)))
    assert 0 < lam < 1
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("alpha", [0.2, 2.0])
def test_every_image_has_a_lam_of_its_own_of_the_alpha_asked_for(alpha: float) -> None:
    batch = Batch(torch.zeros(3000, 1, 1, 1), torch.eye(3000))
    lam = build(Config(alpha=alpha))(batch, Step(0, 1, 1), drawing()).targets.diagonal()
    assert kstest(lam.double().numpy(), beta(alpha, alpha).cdf).pvalue > 1e-3
