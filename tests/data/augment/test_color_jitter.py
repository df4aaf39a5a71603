"""The jitter's draws against their distributions, and what it makes of images against torchvision."""

import math

import pytest
import torch

from lightcnn.data.augment.color_jitter import Config, build, sample_jitter
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
    images, config = images_of(100, 3, 32), Config()
    jittered = build(config)(images, drawing(5))
    assert differing(jittered, theirs(images, sample_jitter(100, config, drawing(5)))) < 0.01
    assert differing(jittered, images) > 0.9


def test_without_a_range_nothing_changes() -> None:
    images = images_of(20, 3, 9)
    assert torch.equal(build(Config.from_plain(NO_JITTER))(images, drawing()), images)


def test_grey_images_have_no_colour_to_jitter() -> None:
    images = images_of(20, 1, 9)
    assert torch.equal(build(Config(brightness=0, contrast=0, saturation=1, hue=0.5))(images, drawing()), images)
