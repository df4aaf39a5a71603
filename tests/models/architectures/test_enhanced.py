"""The enhanced network: its count, what each switch changes, and the shortcut worked by hand."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.core.yaml import read_yaml
from lightcnn.models.architectures import enhanced
from lightcnn.models.architectures._block import Block, padded
from lightcnn.models.fusions import concat_mlp
from tests.helpers import ROOT, floats_of, shaken, size_of

CIFAR = Shape(3, 32, 10)


def network(shape: Shape = CIFAR, **options: Any) -> nn.Sequential:
    return enhanced.build(enhanced.Config.from_plain(options), shape)


def shapes(**options: Any) -> set[tuple[str, torch.Size]]:
    return {(key, value.shape) for key, value in network(**options).state_dict().items()}


def test_the_count_is_the_documented_one() -> None:
    separable = {width: 9 * width[0] + width[0] * width[1] + 2 * width[1] for width in ((16, 16), (16, 32), (32, 32))}
    attention = {width: 2 * 4 * width + width + 4 for width in (16, 32)}
    by_hand = 27 * 16 + 32 + 4 * separable[16, 16] + separable[16, 32] + 7 * separable[32, 32] + 2 * attention[16] + 4 * attention[32] + 330
    assert size_of(network()) == by_hand
    assert f"cost       {round(by_hand, -2):,} parameters" in str(enhanced.__doc__)


@pytest.mark.parametrize(("stride", "kernel"), [(2, 3), (4, 7)])
@pytest.mark.parametrize("size", [30, 63, 64])
def test_a_stem_with_a_stride_shrinks_the_map_that_all_else_works_on(stride: int, kernel: int, size: int) -> None:
    shrinking = network(Shape(3, size, 10), stem_stride=stride, head={"name": "flatten"}).eval()
    side = -(-size // stride)
    plain = network(Shape(3, side, 10), head={"name": "flatten"})
    assert size_of(shrinking) - size_of(plain) == 3 * 16 * (kernel**2 - 9)
    images = floats_of(2, 3, size, size)
    assert shrinking[0](images).shape == (2, 16, side, side)
    assert shrinking(images).shape == (2, 10)


def test_a_pair_and_its_fusion_stay_under_the_limit() -> None:
    assert size_of(concat_mlp.build(concat_mlp.Config(), network(), network(), 10)) < 30_000


def test_the_projects_own_fusion_stays_under_the_limit() -> None:
    params = read_yaml(ROOT / "params.yaml")
    model = registry.from_config("architectures", params["trainings"]["enhanced-raw"]["architecture"])
    head = registry.from_config("fusions", params["fusions"]["enhanced"]["fusion"])
    assert size_of(head.build(model.build(CIFAR), model.build(CIFAR), 10)) < 30_000


def test_groups_are_stem_sections_and_head() -> None:
    found = [name for name, _ in network(widths=[8, 8, 12, 16]).named_children()]
    assert found == ["stem", "section1", "section2", "section3", "section4", "head"]


@pytest.mark.parametrize(
    ("switch", "touched"),
    [
        ({"residual": False}, ""),
        ({"attention": None}, "gate"),
        ({"conv": {"name": "standard"}}, "body"),
        ({"head": {"name": "flatten"}}, "head"),
    ],
)
def test_a_switch_changes_the_weights_of_its_own_part_alone(switch: dict[str, Any], touched: str) -> None:
    before, after = shapes(), shapes(**switch)
    changed = {key for key, _ in before ^ after}
    assert all(touched in key.split(".") for key in changed)
    assert bool(changed) == bool(touched)


def test_without_shortcuts_it_is_its_parts_one_after_another() -> None:
    plain = shaken(network(residual=False))
    images = floats_of(2, 3, 32, 32)
    feature_map = plain.stem(images)
    for section in (plain.section1, plain.section2, plain.section3):
        for block in section:
            feature_map = block.body(feature_map).relu()
    assert torch.equal(plain(images), plain.head(feature_map))


def silent(block: Block) -> Block:
    """A block whose body says nothing, so that only the shortcut is left."""
    for weight in block.parameters():
        weight.data.zero_()
    return block.eval()


def shortcut_of(channels_in: int, channels_out: int, stride: int, feature_map: Tensor) -> Tensor:
    conv = registry.from_config("convs", {"name": "standard"})
    return silent(Block(channels_in, channels_out, stride, conv, shortcut=padded(channels_in, channels_out, stride)))(feature_map)


def test_the_shortcut_is_the_input_where_nothing_shrinks() -> None:
    feature_map = floats_of(2, 4, 6, 6)
    assert torch.equal(shortcut_of(4, 4, 1, feature_map), feature_map.relu())


@pytest.mark.parametrize("side", [6, 5])
def test_a_shrinking_shortcut_averages_squares_of_four_and_adds_channels_of_zeros(side: int) -> None:
    feature_map = floats_of(2, 3, side, side).abs()
    out = shortcut_of(3, 5, 2, feature_map)
    half = (side + 1) // 2
    assert out.shape == (2, 5, half, half)
    assert not out[:, 3:].any()
    for row in range(half):
        for column in range(half):
            square = feature_map[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert torch.allclose(out[:, :3, row, column], square.mean((2, 3)))


def test_the_shortcut_is_added_before_the_last_relu() -> None:
    block = shaken(network()).section2[0]
    feature_map = floats_of(2, 16, 8, 8)
    shortcut = nn.functional.pad(nn.functional.avg_pool2d(feature_map, 2), (0, 0, 0, 0, 0, 16))
    assert torch.allclose(block(feature_map), (block.body(feature_map) + shortcut).relu())


@pytest.mark.parametrize(("widths", "size"), [([4, 8, 16, 16], 9), ([16, 8], 8), ([4], 5)])
def test_odd_sizes_and_narrowing_widths_fit_either_head(widths: list[int], size: int) -> None:
    for head in ("gap", "flatten"):
        assert network(Shape(1, size, 7), widths=widths, head={"name": head})(floats_of(2, 1, size, size)).shape == (2, 7)


NARROW = {"name": "se", "hidden": 1}


@pytest.mark.parametrize("options", [{"widths": []}, {"widths": [8, 0]}, {"widths": [-4]}, {"depth": 0}, {"attention": NARROW}])
def test_degenerate_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        enhanced.Config.from_plain(options)
