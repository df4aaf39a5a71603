"""Holes against plain slices, their draws against their distributions."""

import math

import pytest
import torch

from lightcnn.data.augment.cutout import Config, Holes, apply_holes, build, sample_holes
from tests.helpers import drawing, images_of


@pytest.mark.parametrize("options", [{"size": 0}, {"prob": 0}])
def test_without_a_hole_nothing_changes(options: dict[str, int]) -> None:
    images = images_of(20, 3, 9)
    assert torch.equal(build(Config.from_plain(options))(images, drawing()), images)


def test_a_batch_has_the_holes_that_were_drawn() -> None:
    images = images_of(50, 3, 32)
    drawn = apply_holes(images, sample_holes(images, 0.5, drawing(5)), 16)
    assert torch.equal(build(Config(size=16, prob=0.5))(images, drawing(5)), drawn)
    assert 0 < (drawn != images).flatten(1).any(1).sum() < 50


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
