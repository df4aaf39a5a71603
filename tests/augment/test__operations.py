"""Each operation against torchvision's, over all its magnitudes, and what holds for chains of them."""

import math

import pytest
import torch
from torch import Tensor
from torchvision import transforms

from lightcnn.augment._operations import GROUPS, OPERATIONS, Chain, apply_chain, magnitudes_of, with_signs
from tests.augment.theirs import NAMES, differing, theirs
from tests.helpers import drawing, images_of

MOVING = next(list(names) for names in GROUPS.values() if "Rotate" in names)
BOTH_WAYS = [name for name, (weakest, strongest) in OPERATIONS.items() if weakest == 0 < strongest]


def chain_of(name: str, magnitudes: Tensor) -> Chain:
    return Chain(torch.full((1, len(magnitudes)), NAMES.index(name)), magnitudes[None])


def pictures(count: int, channels: int, size: int) -> Tensor:
    """Noise, of full range, of few levels, of one level in a channel or in all, and grey."""
    images = images_of(count, channels, size)
    images[1::5] = images[1::5] // 4 + 90
    images[2::5, 0] = 5
    images[3::10] = 77
    images[4::5] = images[4::5, :1]
    return images


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("channels", "size"), [(3, 32), (1, 28), (3, 7)])
def test_an_operation_is_torchvisions_to_the_level(name: str, channels: int, size: int) -> None:
    scale = torch.cat([torch.linspace(0, 1, 31), torch.rand(40, generator=drawing())])
    weakest, strongest = OPERATIONS[name]
    magnitudes = weakest + (strongest - weakest) * scale
    chain = chain_of(name, torch.cat([magnitudes, -magnitudes]) if name in BOTH_WAYS else magnitudes)
    images = pictures(chain.operations.shape[1], channels, size)
    ours, wanted = apply_chain(images, chain), theirs(images, chain)
    # At a few of the 31 magnitudes sources lie midway between two pixels.
    assert differing(ours, wanted) < 0.01
    assert name in MOVING or differing(ours, wanted, by=1) == 0


@pytest.mark.parametrize("name", [*BOTH_WAYS, "Posterize"])
def test_the_weakest_magnitude_changes_nothing(name: str) -> None:
    images = pictures(20, 3, 9)
    assert torch.equal(apply_chain(images, chain_of(name, torch.full((20,), OPERATIONS[name][0]))), images)


def random_chain(rounds: int, count: int) -> Chain:
    """Any operations, at any magnitudes: none is right at a threshold."""
    operations = torch.randint(len(OPERATIONS), (rounds, count), generator=drawing(1))
    weakest, strongest = torch.tensor(list(OPERATIONS.values())).T[:, operations]
    return with_signs(Chain(operations, weakest + (strongest - weakest) * torch.rand(rounds, count, generator=drawing(2))), drawing(3))


def test_what_becomes_of_an_image_does_not_depend_on_the_others() -> None:
    images, chain = images_of(60, 3, 12), random_chain(3, 60)
    alone = [apply_chain(images[i : i + 1], Chain(*(part[:, i : i + 1] for part in chain))) for i in range(60)]
    assert torch.equal(apply_chain(images, chain), torch.cat(alone))


def test_rounds_follow_one_another() -> None:
    images, chain = images_of(200, 3, 12), random_chain(3, 200)
    after = images
    for now in range(3):
        after = apply_chain(after, Chain(*(part[now : now + 1] for part in chain)))
    assert torch.equal(apply_chain(images, chain), after)
    assert differing(after, theirs(images, chain)) < 0.01


def test_the_result_is_an_ordinary_tensor_in_the_layout_that_convolutions_are_fast_in() -> None:
    for rounds in (0, 2):
        result = apply_chain(images_of(6, 3, 8), random_chain(rounds, 6))
        assert result.is_contiguous(memory_format=torch.channels_last)
        assert not result.is_inference()


@pytest.mark.parametrize("levels", [10, 31])
def test_magnitudes_are_torchvisions(levels: int) -> None:
    known = transforms.AutoAugment()._augmentation_space(levels, (32, 32))
    ours = dict(zip(NAMES, magnitudes_of(levels).T, strict=True))
    for name in ("ShearX", "ShearY", "Brightness", "Color", "Contrast", "Sharpness"):
        assert torch.equal(ours[name], known[name][0])
    for name in ("TranslateX", "TranslateY"):
        assert torch.equal((32 * ours[name]).int(), known[name][0].int())
    assert torch.allclose(ours["Rotate"].rad2deg(), known["Rotate"][0])
    assert torch.equal(ours["Posterize"].round(), known["Posterize"][0].float())
    assert torch.equal(ours["Solarize"].ceil(), known["Solarize"][0].ceil())
    assert {name for name, (_, signed) in known.items() if signed} == set(BOTH_WAYS) - {"Hue"}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_half_of_what_goes_both_ways_is_turned_about(name: str) -> None:
    count = 10_000
    turned = with_signs(chain_of(name, torch.ones(count)), drawing()).magnitudes == -1
    assert abs(turned.sum().item() - count / 2) < 6 * math.sqrt(count / 4)


@pytest.mark.parametrize("name", ["Posterize", "Solarize"])
def test_what_goes_one_way_is_never_turned_about(name: str) -> None:
    assert with_signs(chain_of(name, torch.ones(1000)), drawing()).magnitudes.eq(1).all()
