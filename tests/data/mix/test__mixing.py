"""What MixUp and CutMix share: shares applied, lam's distribution, and what each component of the family does with a batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, kstest

from lightcnn.core import registry
from lightcnn.core.types import Step
from lightcnn.data.mix._mixing import Mixing, apply_mixing, sample_lam
from lightcnn.data.types import Batch
from tests.helpers import drawing, floats_of

each_component = pytest.mark.parametrize("name", registry.available("mix"))
FIRST = Step(0, 10, 5)


def numbered(count: int, size: int = 6) -> Batch:
    """Image i is of value i all over, and of class i."""
    values = torch.arange(count).float().view(-1, 1, 1, 1)
    return Batch(values.expand(-1, 3, size, size).contiguous(memory_format=torch.channels_last), torch.eye(count))


@given(count=st.integers(1, 6), spread=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_every_value_and_target_is_the_weighted_sum_of_own_and_partners(count: int, spread: bool, seed: int) -> None:
    batch = Batch(floats_of(count, 2, 3, 4, seed=seed), floats_of(count, 5, seed=seed + 1).softmax(1))
    share = torch.rand((count, 2, 3, 4) if spread else (count, 1, 1, 1), generator=drawing(seed))
    partner = torch.randperm(count, generator=drawing(seed))
    mixed = apply_mixing(batch, Mixing(partner, share))
    for image in range(count):
        own, other = (Batch(*(part[index].double() for part in batch)) for index in (image, partner[image]))
        kept = share[image].double()
        assert torch.allclose(mixed.images[image].double(), kept * own.images + (1 - kept) * other.images, atol=1e-6)
        assert torch.allclose(mixed.targets[image].double(), kept.mean() * own.targets + (1 - kept.mean()) * other.targets, atol=1e-6)


def test_who_keeps_everything_stays_the_same_to_the_bit() -> None:
    batch = Batch(1e6 * floats_of(4, 3, 5, 5), floats_of(4, 7).softmax(1))
    for share in (torch.ones(4, 1, 1, 1), torch.ones(4, 3, 5, 5)):
        mixed = apply_mixing(batch, Mixing(torch.tensor([3, 2, 1, 0]), share))
        assert all(torch.equal(one, two) for one, two in zip(mixed, batch, strict=True))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_lam_has_the_beta_distribution(alpha: float) -> None:
    assert kstest(sample_lam(100_000, alpha, drawing()).numpy(), beta(alpha, alpha).cdf).pvalue > 1e-3


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_even_a_lam_that_crowds_at_zero_has_it(alpha: float) -> None:
    # The like at one is lost: float64 has no numbers as close to it.
    lam = sample_lam(100_000, alpha, drawing())
    assert abs(lam.lt(0.5).double().mean().item() - 0.5) < 6 * 0.5 / 100_000**0.5
    assert kstest(lam[lam < 0.5].numpy(), lambda value: 2 * beta(alpha, alpha).cdf(value)).pvalue > 1e-3


@each_component
@given(count=st.integers(1, 9), channels=st.sampled_from([1, 3]), size=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_targets_stay_on_the_simplex_and_shapes_what_they_are(name: str, count: int, channels: int, size: int, seed: int) -> None:
    batch = Batch(floats_of(count, channels, size, size, seed=seed), floats_of(count, 4, seed=seed).softmax(1))
    images, targets = registry.from_config("mix", {"name": name}).build()(batch, FIRST, drawing(seed))
    assert images.shape == batch.images.shape
    assert targets.min() >= 0
    assert torch.allclose(targets.sum(1), torch.ones(count))
    low, high = batch.images.amin((0, 2, 3)), batch.images.amax((0, 2, 3))
    assert (images.amin((0, 2, 3)) >= low - 1e-5).all()
    assert (images.amax((0, 2, 3)) <= high + 1e-5).all()


@each_component
def test_a_target_says_how_much_of_each_image_is_there(name: str) -> None:
    mixed = registry.from_config("mix", {"name": name}).build()(numbered(200, 12), FIRST, drawing())
    assert torch.allclose(mixed.images.mean((1, 2, 3)), mixed.targets @ torch.arange(200).float(), atol=1e-2)
    assert len(mixed.targets.diagonal().unique()) > 20


@each_component
def test_no_image_is_the_partner_of_two(name: str) -> None:
    mixed = registry.from_config("mix", {"name": name}).build()(numbered(50), FIRST, drawing())
    partners = (mixed.targets - 2 * torch.eye(50)).argmax(1)
    taken = mixed.targets.diagonal() < 1
    assert len(partners[taken].unique()) == int(taken.sum()) > 20


@each_component
def test_the_layout_is_the_one_that_convolutions_are_fast_in(name: str) -> None:
    mixed = registry.from_config("mix", {"name": name}).build()(numbered(9), FIRST, drawing())
    assert mixed.images.is_contiguous(memory_format=torch.channels_last)


@each_component
def test_it_ends_where_it_is_told_to(name: str) -> None:
    mix, batch = registry.from_config("mix", {"name": name, "stop_fraction": 0.4}).build(), numbered(9)
    passed = [mix(batch, Step(now, 10, 5), drawing()) is batch for now in range(10)]
    assert passed == [False] * 4 + [True] * 6
