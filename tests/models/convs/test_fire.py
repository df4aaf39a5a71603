"""Fire modules against their expansions one by one, and the true hybrids that residual blocks make of them against their limits."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.models.convs import fire
from tests.helpers import floats_of, shaken, size_of
from tests.models.convs.by_hand import normalised


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("depthwise", [False, True])
def test_half_of_the_channels_see_one_pixel_and_half_see_nine(depthwise: bool, stride: int) -> None:
    conv = shaken(fire.build(fire.Config(squeeze=0.5, depthwise=depthwise), 5, 8, stride))
    feature_map = floats_of(2, 5, 9, 9)
    module = conv[0]
    squeezed = normalised(module.squeeze[:2], functional.conv2d(feature_map, module.squeeze[0].weight)).relu()
    seen_by_one = functional.conv2d(squeezed, module.expansions[0].weight, stride=stride)
    seen_by_nine = functional.conv2d(squeezed, kernel_of(module.expansions[1]), stride=stride, padding=1)
    by_hand = normalised(conv, torch.cat([seen_by_one, seen_by_nine], 1))
    assert torch.allclose(conv(feature_map), by_hand, rtol=1e-4, atol=1e-4)


def kernel_of(expansion: nn.Module) -> Tensor:
    """The one dense kernel that an expansion stands for."""
    return expansion.weight if isinstance(expansion, nn.Conv2d) else expansion[0].weight * expansion[1].weight


@pytest.mark.parametrize(("depthwise", "weights"), [(False, 5 * 4 * 8), (True, 4 * 8 + 9 * 8 // 2)])
def test_has_the_documented_count(depthwise: bool, weights: int) -> None:
    assert size_of(fire.build(fire.Config(squeeze=0.5, depthwise=depthwise), 6, 8, 1)) == 4 * 6 + weights + 2 * (4 + 8)


def test_refuses_a_width_that_cannot_be_halved() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        fire.build(fire.Config(), 3, 1, 1)


@pytest.mark.parametrize(("widths", "depth", "limit"), [([16, 64, 128], 2, 100_000), ([48, 96, 176], 3, 300_000)])
def test_residual_networks_of_fire_modules_keep_to_their_limits(widths: list[int], depth: int, limit: int) -> None:
    conv = {"name": "fire", "squeeze": 0.5, "depthwise": True}
    hybrid = from_config("architectures", {"name": "enhanced", "widths": widths, "depth": depth, "conv": conv, "attention": None})
    assert 0.9 * limit < size_of(hybrid.build(Shape(3, 32, 100))) < limit
