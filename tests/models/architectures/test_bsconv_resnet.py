"""The residual network of blueprint convolutions: its count, its blocks worked by hand, its shortcut beside timm's."""

from typing import Any

import pytest
import torch
from timm.models.resnet import downsample_avg
from torch import nn

from lightcnn.core.types import Shape
from lightcnn.models.architectures import bsconv_resnet
from lightcnn.models.architectures._block import projection
from tests.helpers import floats_of, shaken, size_of

CIFAR = Shape(3, 32, 10)


def network(shape: Shape = CIFAR, **options: Any) -> nn.Sequential:
    return bsconv_resnet.build(bsconv_resnet.Config.from_plain(options), shape)


def by_hand(widths: tuple[int, ...], depths: tuple[int, ...], learnt_shortcuts: bool) -> int:
    """Parameters for three input channels and ten classes; BatchNorm has two a channel."""
    count, before = 27 * widths[0] + 2 * widths[0], widths[0]
    for section, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        for block in range(depth):
            channels = before if block == 0 else width
            count += channels * width + width * width + 2 * (9 + 2) * width
            if learnt_shortcuts and block == 0 and (section > 0 or channels != width):
                count += channels * width + 2 * width
        before = width
    return count + 10 * before + 10


@pytest.mark.parametrize(("widths", "depths"), [((16, 32, 64), (2, 3, 2)), ((8, 24), (1, 2)), ((16, 16, 48), (3, 1, 1))])
def test_the_count_is_that_of_its_layers(widths: tuple[int, ...], depths: tuple[int, ...]) -> None:
    shortcuts = {"projection": True, "padded": False}
    for shortcut, learnt in shortcuts.items():
        assert size_of(network(widths=widths, depths=depths, shortcut=shortcut)) == by_hand(widths, depths, learnt)


def test_the_documented_count_is_that_of_the_defaults() -> None:
    assert f"{by_hand((16, 32, 64), (4, 3, 2), False):,} parameters" in str(bsconv_resnet.__doc__)


def test_groups_are_stem_sections_and_head() -> None:
    found = [name for name, _ in network(widths=[8, 8, 12, 16], depths=[1, 1, 1, 1]).named_children()]
    assert found == ["stem", "section1", "section2", "section3", "section4", "head"]


@pytest.mark.parametrize(("channels_in", "channels_out", "stride", "side"), [(8, 16, 2, 6), (8, 16, 2, 5), (8, 12, 1, 6)])
def test_the_shortcut_is_that_of_resnet_d(channels_in: int, channels_out: int, stride: int, side: int) -> None:
    ours = projection(channels_in, channels_out, stride)
    theirs = downsample_avg(channels_in, channels_out, kernel_size=1, stride=stride, norm_layer=nn.BatchNorm2d)
    norms_and_convs = [[layer for layer in part if any(True for _ in layer.parameters())] for part in (ours, theirs)]
    for layer, other in zip(*norms_and_convs, strict=True):
        other.load_state_dict(layer.state_dict())
    feature_map = floats_of(2, channels_in, side, side)
    assert torch.allclose(ours(feature_map), theirs(feature_map), atol=1e-6)


def test_a_block_is_two_convolutions_and_a_sum_before_the_last_relu() -> None:
    block = shaken(network(shortcut="projection")).section2[0]
    feature_map = floats_of(2, 16, 8, 8)
    first, relu, second = block.body
    pool, pointwise, norm = block.shortcut
    by_steps = second(relu(first(feature_map))) + norm(pointwise(pool(feature_map)))
    assert torch.allclose(block(feature_map), by_steps.relu(), atol=1e-6)


def test_only_the_first_block_of_a_section_halves_the_map() -> None:
    sides = [network()[:stop](floats_of(1, 3, 32, 32)).shape[-1] for stop in (1, 2, 3, 4)]
    assert sides == [32, 32, 16, 8]


def test_depths_are_as_many_as_widths() -> None:
    with pytest.raises(ValueError, match="3 widths and 2 depths"):
        bsconv_resnet.Config.from_plain({"depths": [2, 3]})


@pytest.mark.parametrize("options", [{"widths": []}, {"widths": [16, 32, 0]}, {"depths": [0, 1, 1]}])
def test_degenerate_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        bsconv_resnet.Config.from_plain(options)
