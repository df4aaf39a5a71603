"""Crops and mirroring against torchvision, and how often each is drawn."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.transforms.v2 import functional

from lightcnn.data.augment.crop_flip import Config, Crops, apply_crops, build, sample_crops
from tests.helpers import drawing, images_of


@given(pad=st.integers(0, 5), size=st.integers(1, 9), channels=st.sampled_from([1, 3]), last=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_every_crop_is_torchvisions(pad: int, size: int, channels: int, last: bool, seed: int) -> None:
    images = images_of(6, channels, size, seed)
    images = images.contiguous(memory_format=torch.channels_last) if last else images
    crops = sample_crops(6, Config(padding=pad), drawing(seed))
    for ours, image, top, left, mirrored in zip(apply_crops(images, crops, pad), images, *crops, strict=True):
        wanted = functional.crop(functional.pad(image, [pad] * 4), int(top), int(left), size, size)
        assert torch.equal(ours, functional.horizontal_flip(wanted) if mirrored else wanted)


def test_a_crop_is_cut_at_its_corner_and_then_mirrored() -> None:
    image = torch.tensor([[[[1, 2], [3, 4]]]], dtype=torch.uint8)
    corner = Crops(torch.tensor([1]), torch.tensor([2]), torch.tensor([False]))
    assert apply_crops(image, corner, 1).tolist() == [[[[2, 0], [4, 0]]]]
    assert apply_crops(image, corner._replace(mirrored=torch.tensor([True])), 1).tolist() == [[[[0, 2], [0, 4]]]]


def test_the_layout_is_the_one_that_convolutions_are_fast_in() -> None:
    assert build(Config())(images_of(4, 3, 8), drawing()).is_contiguous(memory_format=torch.channels_last)


def test_without_padding_and_mirroring_nothing_changes() -> None:
    images = images_of(20, 3, 8)
    assert torch.equal(build(Config(padding=0, flip=False))(images, drawing()), images)


@pytest.mark.parametrize("seed", range(3))
def test_every_corner_is_as_likely(seed: int) -> None:
    count, pad = 81_000, 4
    crops = sample_crops(count, Config(padding=pad), drawing(seed))
    found = torch.bincount(crops.top * 9 + crops.left, minlength=81)
    # Binomial(81,000, 1/81): six deviations, 81 cells.
    assert (found - count / 81).abs().max() < 6 * math.sqrt(count / 81)


@pytest.mark.parametrize(("flip", "rate"), [(True, 0.5), (False, 0.0)])
def test_every_second_image_is_mirrored_where_that_is_asked_for(flip: bool, rate: float) -> None:
    mirrored = sample_crops(1_000_000, Config(flip=flip), drawing()).mirrored
    assert abs(mirrored.float().mean().item() - rate) <= 6 * math.sqrt(rate * (1 - rate) / 1_000_000)


def test_mirroring_is_independent_of_the_corner() -> None:
    crops = sample_crops(100_000, Config(), drawing())
    together = torch.stack([crops.top.float(), crops.left.float(), crops.mirrored.float()])
    assert (torch.corrcoef(together) - torch.eye(3)).abs().max() < 6 / math.sqrt(100_000)
