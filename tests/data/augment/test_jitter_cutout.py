"""The jitter's draws against their distributions, torchvision's jitter, and holes against plain slices."""

import math

import pytest
import torch

from lightcnn.data.augment.jitter_cutout import Config, Holes, apply_holes, build, sample_holes, sample_jitter
from tests.data.augment.theirs import NAMES, differing, theirs
from tests.helpers import drawing, images_of

NO_JITTER = {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}


@pytest.mark.parametrize(
    ("option", "name", "most"),
    [("brightness", "Brightness", 0.5), ("contrast", "Contrast", 1), ("saturation", "Color", 0.2), ("hue", "Hue", 0.1)],
)
def test_changes_fill_their_range_evenly(option: str, name: str, most: float) -> None:
    chain = sample_jitter(100_000, Config.from_plain({**NO_JITTER, option: most}), drawing())
    assert chain.operations.unique().tolist() == [NAMES.index(name)]
    assert chain.magnitudes.abs().max() <= most
    tenths = torch.histc(chain.magnitudes, 10, -most, most)
    assert (tenths - 10_000).abs().max() < 6 * math.sqrt(10_000 * 0.9)


def test_all_24_orders_are_as_likely_and_none_happens_twice() -> None:
    operations = sample_jitter(24_000, Config(), drawing()).operations
    orders, found = operations.unique(dim=1, return_counts=True)
    assert orders.shape == (4, 24)
    assert all(len(order.unique()) == 4 for order in orders.T)
    assert (found - 1000).abs().max() < 6 * math.sqrt(1000)


def test_a_change_is_independent_of_its_place_in_the_order() -> None:
    chain = sample_jitter(100_000, Config(), drawing())
    hues = chain.magnitudes.where(chain.operations == NAMES.index("Hue"), 0)
    for place in hues:
        assert abs(place[place != 0].mean().item()) < 6 * 0.1 / math.sqrt(3 * 25_000)


def test_a_jittered_batch_is_what_torchvision_makes_of_each_image() -> None:
    images, config = images_of(100, 3, 32), Config(cutout_size=0)
    jittered = build(config)(images, drawing(5))
    assert differing(jittered, theirs(images, sample_jitter(100, config, drawing(5)))) < 0.01
    assert differing(jittered, images) > 0.9


@pytest.mark.parametrize("options", [{"cutout_size": 0}, {"cutout_prob": 0}])
def test_without_jitter_and_hole_nothing_changes(options: dict[str, int]) -> None:
    images = images_of(20, 3, 9)
    assert torch.equal(build(Config.from_plain({**NO_JITTER, **options}))(images, drawing()), images)


def test_grey_images_have_no_colour_to_jitter() -> None:
    images = images_of(20, 1, 9)
    assert torch.equal(build(Config(brightness=0, contrast=0, saturation=1, hue=0.5, cutout_size=0))(images, drawing()), images)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 9])
def test_a_hole_is_a_square_about_its_middle_as_far_as_it_lies_inside(size: int) -> None:
    images = images_of(35, 3, 7)[:, :, :5] % 2 * 200
    middles = [(row, column) for row in range(5) for column in range(7)]
    cut = apply_holes(images, Holes(*torch.tensor(middles).T, torch.ones(35, dtype=torch.bool)), size)
    for before, after, (row, column) in zip(images, cut, middles, strict=True):
        wanted = before.clone()
        top, left = row - size // 2, column - size // 2
        wanted[:, max(0, top) : top + size, max(0, left) : left + size] = 100
        assert ((after == wanted) | (wanted == 100) & ((after - 100.0).abs() < 15)).all()


def test_a_hole_has_the_mean_colour_of_the_batch() -> None:
    images = torch.tensor([[10, 20, 31], [20, 40, 32]], dtype=torch.uint8)[:, :, None, None].expand(2, 3, 4, 4)
    cut = apply_holes(images, Holes(torch.tensor([0, 2]), torch.tensor([0, 2]), torch.tensor([True, False])), 2)
    assert cut[0, :, 0, 0].tolist() == [15, 30, 32]
    assert torch.equal(cut[1], images[1])


def test_every_middle_is_as_likely() -> None:
    count = 49_000
    holes = sample_holes(images_of(1, 1, 7).expand(count, 1, 7, 7), 1.0, drawing())
    found = torch.bincount(holes.row * 7 + holes.column, minlength=49)
    assert (found - 1000).abs().max() < 6 * math.sqrt(1000)


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_as_many_have_a_hole_as_asked_for(probability: float) -> None:
    cut = sample_holes(images_of(1, 1, 4).expand(100_000, 1, 4, 4), probability, drawing()).cut
    assert abs(cut.float().mean().item() - probability) <= 6 * math.sqrt(probability * (1 - probability) / 100_000)
