"""Progressive resizing: sizes by hand, pixels against torchvision and Pillow, and whom it does not go with."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional

from lightcnn.core import registry
from lightcnn.core.types import Shape, Step
from lightcnn.data.resize.progressive import CONFLICTS, Config, build, side_at
from lightcnn.data.types import Batch
from tests.helpers import drawing, floats_of


def sides(total: int, full: int, config: Config) -> list[int]:
    return [side_at(Step(now, total, 1), full, config) for now in range(total)]


@pytest.mark.parametrize(
    ("full", "start", "stretches"),
    [
        (32, 0.5, {16: 20, 20: 20, 24: 20, 28: 20, 32: 20}),
        (28, 0.5, {16: 27, 20: 27, 24: 26, 28: 20}),
        (30, 0.8, {26: 80, 30: 20}),
        (40, 0.9, {36: 80, 40: 20}),
        (32, 0.9, {32: 100}),
    ],
)
def test_sizes_last_equally_long_until_the_full_one(full: int, start: float, stretches: dict[int, int]) -> None:
    wanted = [side for side, steps in stretches.items() for _ in range(steps)]
    assert sides(100, full, Config(initial_scale=start, full_size_fraction=0.8)) == wanted


@given(total=st.integers(1, 60), full=st.integers(4, 70), start=st.floats(0.25, 0.99), full_size_fraction=st.floats(0.01, 0.99))
def test_it_never_shrinks_and_is_full_from_its_end_on(total: int, full: int, start: float, full_size_fraction: float) -> None:
    found = sides(total, full, Config(initial_scale=start, full_size_fraction=full_size_fraction))
    assert found == sorted(found)
    assert start * full - 0.5 <= found[0] < start * full + 4.5
    assert all((full - side) % 4 == 0 for side in found)
    assert all(side == full for now, side in enumerate(found) if now >= full_size_fraction * total)


def resized(images: torch.Tensor) -> torch.Tensor:
    """What becomes of images at the first step."""
    return build(Config())(Batch(images, torch.eye(len(images))), Step(0, 10, 5), drawing()).images


@pytest.mark.parametrize("side", [8, 28, 32])
def test_pixels_are_torchvisions_and_pillows(side: int) -> None:
    images = floats_of(2, 3, side, side)
    small = resized(images)
    assert small.shape[-1] < side
    assert torch.allclose(small, functional.resize(images, list(small.shape[2:]), antialias=True), atol=1e-6)
    for one, other in zip(small.flatten(0, 1), images.flatten(0, 1), strict=True):
        theirs = Image.fromarray(other.numpy()).resize(tuple(small.shape[2:]), Image.Resampling.BILINEAR)
        assert np.allclose(one, np.asarray(theirs), atol=1e-5)


def test_the_layout_is_the_one_that_convolutions_are_fast_in() -> None:
    assert resized(floats_of(4, 3, 16, 16).contiguous(memory_format=torch.channels_last)).is_contiguous(memory_format=torch.channels_last)


def test_at_full_size_it_is_the_batch_itself() -> None:
    batch = Batch(floats_of(2, 3, 16, 16), torch.eye(2))
    assert [build(Config(full_size_fraction=0.5))(batch, Step(now, 4, 1), drawing()) is batch for now in range(4)] == [
        False,
        False,
        True,
        True,
    ]


def takes_another_size(component: str) -> bool:
    """Whether a network of this architecture or head, built for 32 pixels, runs on 24."""
    family, name = component.split(".")
    settings = {"name": name} if family == "architectures" else {"name": "enhanced", "head": {"name": name}}
    try:
        registry.from_config("architectures", settings).build(Shape(3, 32, 10)).eval()(floats_of(2, 3, 24, 24))
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("component", [f"{family}.{name}" for family in ("architectures", "heads") for name in registry.available(family)])
def test_it_clashes_with_what_takes_one_size_and_with_nothing_else(component: str) -> None:
    assert takes_another_size(component) != bool(registry.traits(*component.split(".")) & CONFLICTS.keys())
