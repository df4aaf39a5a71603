"""Rotation, zoom and translation against torchvision, torch.rot90 and plain shifts."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from lightcnn.data.augment.affine import Config, Motion, apply_motion, build, sample_motion
from tests.helpers import drawing, images_of


def motion(angle: float = 0.0, scale: float = 1.0, right: float = 0.0, down: float = 0.0) -> Motion:
    return Motion(*(torch.tensor([value]) for value in (angle, scale, right, down)))


FILLS = ["reflection", "border", "zeros"]


@given(size=st.integers(1, 33), channels=st.sampled_from([1, 3]), fill=st.sampled_from(FILLS), seed=st.integers(0, 1000))
def test_at_zero_strength_nothing_changes(size: int, channels: int, fill: str, seed: int) -> None:
    images = images_of(3, channels, size, seed)
    transform = build(Config.from_plain({"rotation": 0, "zoom": 0, "translation": 0, "fill": fill}))
    assert torch.equal(transform(images, drawing(seed)), images)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("size", [8, 9])
def test_quarter_turns_are_anticlockwise_and_exact(quarters: int, size: int) -> None:
    images = images_of(1, 3, size)
    assert torch.equal(apply_motion(images, motion(angle=quarters * math.pi / 2), "zeros"), torch.rot90(images, quarters, (2, 3)))


def test_right_and_down_are_fractions_of_the_side() -> None:
    images = images_of(1, 3, 8)
    moved = apply_motion(images, motion(right=2 / 8, down=-1 / 8), "zeros")
    assert torch.equal(moved[:, :, :-1, 2:], images[:, :, 1:, :-2])
    assert not moved[:, :, -1].any()
    assert not moved[:, :, :, :2].any()


def test_a_scale_above_one_magnifies() -> None:
    square = torch.zeros(1, 1, 16, 16, dtype=torch.uint8)
    square[:, :, 4:12, 4:12] = 200
    assert apply_motion(square, motion(scale=2.0), "border").gt(100).all()
    assert apply_motion(square, motion(scale=0.5), "border").gt(100).sum() == 16


@pytest.mark.parametrize(("fill", "column"), [("zeros", 0), ("border", 1), ("reflection", 2)])
def test_fill_is_what_lies_outside(fill: str, column: int) -> None:
    image = torch.tensor([1, 2, 3, 4], dtype=torch.uint8).expand(1, 1, 4, 4)
    # Two to the right: what appears at the left edge lies one and a half pixels outside.
    assert apply_motion(image, motion(right=2 / 4), fill)[0, 0, 0, 0] == column


@given(angle=st.floats(-180, 180), scale=st.floats(0.5, 2), right=st.integers(-6, 6), down=st.integers(-6, 6))
def test_any_motion_is_torchvisions_to_the_rounding(angle: float, scale: float, right: int, down: int) -> None:
    images = images_of(1, 3, 16)
    wanted = functional.affine(images, -angle, [right, down], scale, [0.0, 0.0], InterpolationMode.BILINEAR).int()
    ours = apply_motion(images, motion(math.radians(angle), scale, right / 16, down / 16), "zeros").int()
    # Where a half is rounded and what is just outside, the two may fall on different sides.
    assert (ours - wanted).abs().le(1).float().mean() > 0.97


def test_each_image_moves_by_its_own_motion() -> None:
    images = images_of(5, 3, 12)
    drawn = sample_motion(5, Config(), drawing(3))
    together = apply_motion(images, drawn, "reflection")
    alone = [apply_motion(images[i : i + 1], Motion(*(part[i : i + 1] for part in drawn)), "reflection") for i in range(5)]
    assert torch.equal(together, torch.cat(alone))


@pytest.mark.parametrize(
    ("part", "low", "high"),
    [("angle", -0.2 * math.pi, 0.2 * math.pi), ("scale", 0.7, 1.3), ("right", -0.4, 0.4), ("down", -0.4, 0.4)],
)
def test_draws_fill_their_range_evenly(part: str, low: float, high: float) -> None:
    drawn: Tensor = getattr(sample_motion(100_000, Config(rotation=0.1, zoom=0.3, translation=0.4), drawing()), part)
    assert drawn.min() >= low - 1e-6
    assert drawn.max() <= high + 1e-6
    tenths = torch.histc(drawn, 10, low, high)
    assert (tenths - 10_000).abs().max() < 6 * math.sqrt(10_000 * 0.9)
