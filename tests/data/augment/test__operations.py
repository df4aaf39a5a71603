"""Each operation against torchvision's, over all its magnitudes, and what holds for chains of them."""

import math

import pytest
import torch
from torch import Tensor, nn
from torchvision.transforms import v2

from lightcnn.data.augment._operations import OPERATIONS, Chain, apply_chain, magnitudes_of, random_signs
from tests.data.augment.theirs import NAMES, differing, theirs
from tests.helpers import drawing, images_of

BOTH_WAYS = [name for name, operation in OPERATIONS.items() if operation.greatest > 0 == operation.least]


def chain_of(name: str, magnitudes: Tensor) -> Chain:
    return Chain(torch.full((1, len(magnitudes)), NAMES.index(name)), magnitudes[None])


def scale_of(name: str) -> Tensor:
    """What RandAugment and AutoAugment know, and what lies between, either way where there are two."""
    least, greatest = OPERATIONS[name][1:]
    between = least + (greatest - least) * torch.rand(40, generator=drawing())
    scale = torch.cat([torch.linspace(least, greatest, 31), torch.linspace(least, greatest, 10), between])
    return torch.cat([scale, -scale]) if name in BOTH_WAYS else scale


def pictures(count: int, channels: int, size: int) -> Tensor:
    """Noise, of full range, of few levels, of one level in a channel or in all, and grey."""
    images = images_of(count, channels, size)
    images[1::5] = images[1::5] // 4 + 90
    images[2::5, 0] = 5
    images[3::10] = 77
    images[4::5] = images[4::5, :1]
    return images


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("channels", "size"), [(3, 32), (1, 28), (3, 8), (1, 9), (3, 64)])
def test_an_operation_is_torchvisions(name: str, channels: int, size: int) -> None:
    chain = chain_of(name, scale_of(name))
    images = pictures(chain.operations.shape[1], channels, size)
    ours, wanted = apply_chain(images, chain), theirs(images, chain)
    if name in ("ShearX", "ShearY", "Rotate"):  # for a few magnitudes sources lie midway between two pixels
        assert differing(ours, wanted) < 0.001
    elif name == "Hue":
        assert differing(ours, wanted) < 0.0001
        assert differing(ours, wanted, by=1) == 0
    else:
        assert torch.equal(ours, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_images_need_not_be_square(name: str) -> None:
    chain = chain_of(name, scale_of(name))
    images = images_of(chain.operations.shape[1], 3, 20)[:, :, :13]
    assert differing(apply_chain(images, chain), theirs(images, chain)) < 0.001


@pytest.mark.parametrize("name", [*BOTH_WAYS, "Posterize"])
def test_the_least_magnitude_changes_nothing(name: str) -> None:
    images = pictures(20, 3, 9)
    assert torch.equal(apply_chain(images, chain_of(name, torch.full((20,), float(OPERATIONS[name].least)))), images)


def random_chain(rounds: int, count: int) -> Chain:
    """Any operations, at any magnitudes: none is right at a threshold."""
    operations = torch.randint(len(OPERATIONS), (rounds, count), generator=drawing(1))
    least, greatest = torch.tensor([operation[1:] for operation in OPERATIONS.values()]).T[:, operations]
    return random_signs(Chain(operations, least + (greatest - least) * torch.rand(rounds, count, generator=drawing(2))), drawing(3))


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
    assert differing(after, theirs(images, chain)) < 0.001


def test_the_result_is_laid_out_as_convolutions_are_fast_and_can_be_learnt_from() -> None:
    network = nn.Conv2d(3, 2, 3)
    for rounds in (0, 2):
        result = apply_chain(images_of(6, 3, 8), random_chain(rounds, 6))
        assert result.is_contiguous(memory_format=torch.channels_last)
        network(result.float()).sum().backward()


@pytest.mark.parametrize("levels", [10, 31])
def test_magnitudes_are_torchvisions(levels: int) -> None:
    known = {name: (scale(levels, 32, 32), signed) for name, (scale, signed) in v2.AutoAugment._AUGMENTATION_SPACE.items()}
    ours = dict(zip(NAMES, magnitudes_of(levels).T, strict=True))
    for name in ("ShearX", "ShearY", "Brightness", "Color", "Contrast", "Sharpness"):
        assert torch.equal(ours[name], known[name][0])
    for name in ("TranslateX", "TranslateY"):
        assert torch.equal((32 * ours[name]).int(), known[name][0].int())
    assert torch.equal(ours["Rotate"], known["Rotate"][0])
    assert torch.equal(ours["Posterize"].round(), known["Posterize"][0].float())
    assert torch.allclose(ours["Solarize"], 255 * known["Solarize"][0])
    assert {name for name, (_, signed) in known.items() if signed} == set(BOTH_WAYS) - {"Hue"}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_half_of_what_goes_both_ways_is_turned_about(name: str) -> None:
    count = 10_000
    turned = random_signs(chain_of(name, torch.ones(count)), drawing()).magnitudes == -1
    assert abs(turned.sum().item() - count / 2) < 6 * math.sqrt(count / 4)


@pytest.mark.parametrize("name", ["Posterize", "Solarize"])
def test_what_goes_one_way_is_never_turned_about(name: str) -> None:
    assert random_signs(chain_of(name, torch.ones(1000)), drawing()).magnitudes.eq(1).all()
