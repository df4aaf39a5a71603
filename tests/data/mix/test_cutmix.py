"""CutMix against torchvision, and where its boxes lie."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Beta
from torchvision.transforms import v2

from lightcnn.core.types import Step
from lightcnn.data.mix._mixing import Mixing, apply_mixing, box_mask
from lightcnn.data.mix.cutmix import Config, build
from lightcnn.data.types import Batch
from tests.helpers import drawing, floats_of


def test_a_box_is_cut_off_at_the_edge_and_its_true_area_counts() -> None:
    batch = Batch(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1).expand(2, 1, 4, 4), torch.eye(2))
    # A quarter of the area: 2 x 2 pixels, the one named being the lower right of the middle ones.
    share = box_mask(torch.tensor([0.75, 0.75]).double(), torch.tensor([2, 0]), torch.tensor([2, 3]), batch.images.shape)
    mixed = apply_mixing(batch, Mixing(torch.tensor([1, 0]), share))
    assert mixed.images[0, 0].tolist() == [[1, 1, 1, 1], [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1]]
    assert mixed.images[1, 0].tolist() == [[2, 2, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2], [2, 2, 2, 2]]
    assert mixed.targets.tolist() == [[12 / 16, 4 / 16], [2 / 16, 14 / 16]]


@given(height=st.integers(1, 33), width=st.integers(1, 33), seed=st.integers(0, 2**32 - 1))
def test_with_torchvisions_draws_it_gives_torchvisions_batch(height: int, width: int, seed: int) -> None:
    batch = Batch(floats_of(3, 2, height, width), torch.eye(3))
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        theirs = Batch(*v2.CutMix(num_classes=3)(batch.images, torch.arange(3)))
        torch.manual_seed(seed)
        lam, column, row = Beta(torch.ones(1), torch.ones(1)).sample(()), torch.randint(width, (1,)), torch.randint(height, (1,))
    share = box_mask(lam.double().expand(3), row.expand(3), column.expand(3), batch.images.shape)
    ours = apply_mixing(batch, Mixing(torch.arange(3).roll(1), share))
    assert torch.equal(ours.images, theirs.images)
    assert torch.allclose(ours.targets, theirs.targets, atol=1e-6)


@given(size=st.integers(1, 12), alpha=st.floats(0.05, 5), seed=st.integers(0, 2**32 - 1))
def test_lam_is_the_part_of_the_pixels_that_is_left(size: int, alpha: float, seed: int) -> None:
    own = torch.arange(5).view(-1, 1, 1, 1)
    batch = Batch(own.float().expand(5, 3, size, size), torch.eye(5))
    images, targets = build(Config(alpha=alpha))(batch, Step(0, 1, 1), drawing(seed))
    assert torch.allclose(targets.diagonal(), (images == own).float().mean((1, 2, 3)), atol=1e-6)


def covered(side: int, cut: float) -> np.ndarray:
    """For each pixel of a row, how probable it is to lie in a cut of `cut` times the side about a random pixel."""
    half = math.floor(cut * side / 2)
    boxes = [range(middle - half, middle + half) for middle in range(side)]
    return np.array([sum(pixel in box for box in boxes) / side for pixel in range(side)])


@pytest.mark.parametrize("seed", range(2))
def test_boxes_lie_anywhere_and_are_as_large_as_lam_says(seed: int) -> None:
    count, height, width, grid = 20_000, 6, 9, 4000
    images = torch.arange(count).view(-1, 1, 1, 1).expand(-1, 1, height, width).float()
    mixed = build(Config())(Batch(images, torch.zeros(count, 1)), Step(0, 1, 1), drawing(seed))
    found = (mixed.images != images).double().mean((0, 1)).numpy()
    # lam is uniform where alpha is 1.
    cuts = [math.sqrt(1 - (place + 0.5) / grid) for place in range(grid)]
    wanted = np.mean([np.outer(covered(height, cut), covered(width, cut)) for cut in cuts], 0)
    assert np.abs(found - wanted).max() < 6 * 0.5 / math.sqrt(count)
