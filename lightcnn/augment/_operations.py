"""The image operations of RandAugment, AutoAugment and colour jitter, on whole batches with a magnitude for each image.

What comes out is, image by image, what torchvision's `transforms.v2.functional` makes of uint8 tensors: nearest pixels, black
outside, colours equal or one level apart. Only where a source lies midway between two pixels may the other one be taken.
"""

from collections.abc import Callable
from functools import cache
from math import pi
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8
from torch import Generator, Tensor
from torch.nn import functional

from lightcnn.pixels import as_maps
from lightcnn.types import Images

Strengths = Float[Tensor, "member batch 1 1 1"]
"""How strongly each operation of a group, in the order of `GROUPS`, works on each image; zero where another one was drawn."""


class Chain(NamedTuple):
    """What each image goes through: operations, by their place in `OPERATIONS`, in rounds, and the magnitude of each."""

    operations: Int[Tensor, "round batch"]
    magnitudes: Float[Tensor, "round batch"]


def apply_chain(images: Images, chain: Chain) -> Images:
    """Put each image through its operations; the result is in channels_last layout.

    In each round images are sorted by what they drew, each group of operations is applied to its run of them, and all go back in place.
    """
    groups, members = MEMBERS.to(images.device)[:, chain.operations]
    order = groups.argsort(1)
    sizes = functional.one_hot(groups, len(GROUPS)).sum(1).tolist()
    strengths = torch.zeros(MOST_MEMBERS, *members.shape, device=images.device).scatter_(0, members[None], chain.magnitudes[None])
    strengths = strengths.gather(2, order.expand_as(strengths))[..., None, None, None]
    images = images.contiguous()  # what goes channel by channel is several times faster so
    with torch.inference_mode():  # a tenth faster: most of the time goes into starting small operations
        for now, back in enumerate(order.argsort(1)):
            runs = images.flatten(1).index_select(0, order[now]).view_as(images).split(sizes[now])
            parts = zip(GROUPS, runs, strengths[:, now].split(sizes[now], 1), strict=True)
            done = torch.cat([apply(run, strength) for apply, run, strength in parts if len(run)])
            images = done.flatten(1).index_select(0, back).view_as(images)
    return as_maps(torch.stack(images.unbind(1), 3))


@cache
def magnitudes_of(levels: int) -> Float[Tensor, "level operation"]:
    """The magnitudes of all operations at each of so many levels, from the weakest to the strongest."""
    return torch.stack([torch.linspace(*scale, levels) for scale in OPERATIONS.values()], 1)


def with_signs(chain: Chain, generator: Generator) -> Chain:
    """The same chain, half of the magnitudes negative, on average, where an operation goes both ways."""
    coins = torch.rand(chain.magnitudes.shape, generator=generator, device=generator.device) < 0.5
    turned = coins & BOTH_WAYS.to(generator.device)[chain.operations]
    return chain._replace(magnitudes=torch.where(turned, -chain.magnitudes, chain.magnitudes))


def _keep(images: Images, _: Strengths) -> Images:
    return images


def _move(images: Images, strengths: Strengths) -> Images:
    """Take for each pixel the one nearest to its source: sheared from the upper left corner, shifted, rotated anticlockwise."""
    count, _, height, width = images.shape
    shear_x, shear_y, right, down, angle = strengths
    cosine, sine = angle.cos(), angle.sin()
    from_left = shear_x * (height / 2) - (right * width).trunc_()
    from_top = shear_y * (width / 2) - (down * height).trunc_()
    back = torch.cat([cosine, shear_x - sine, from_left, shear_y + sine, cosine, from_top], 1).view(count, 2, 3)
    places, halves = _places(height, width, images.device)
    grid = ((back / halves).view(-1, 3) @ places).view(count, 2, height, width).permute(0, 2, 3, 1)
    return _stored(functional.grid_sample(images.float(), grid, "nearest", align_corners=False))


@cache
def _places(height: int, width: int, device: torch.device) -> tuple[Float[Tensor, "3 pixel"], Float[Tensor, "2 1"]]:
    """Where each pixel is, counted from the middle (right, down, 1), and half the sides, which are grid_sample's units."""
    x, y = (torch.arange(length, device=device) - (length - 1) / 2 for length in (width, height))
    right, down = torch.meshgrid(x, y, indexing="xy")
    return torch.stack([right, down, torch.ones_like(right)]).flatten(1), torch.tensor([[width / 2], [height / 2]], device=device)


def _enhance(images: Images, strengths: Strengths) -> Images:
    """Away from a dull self, or towards it: from black, from the image in grey, from its mean grey."""
    maps, (brightness, colour, contrast, *_) = images.float(), strengths
    if images.shape[1] == 3:
        red, green, blue = maps.split(1, 1)
        grey = red.mul(0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114).floor_()
    else:
        grey, colour = maps, torch.zeros_like(colour)
    away = maps * (1 + (brightness + colour + contrast))
    return _stored(away.addcmul_(grey, colour, value=-1).addcmul_(grey.mean((1, 2, 3), keepdim=True), contrast, value=-1))


def _sharpen(images: Images, strengths: Strengths) -> Images:
    """Away from a blurred self, or towards it; the outermost pixels, which lack neighbours, stay."""
    maps = images.float()
    inner = maps[:, :, 1:-1, 1:-1]
    blurred = maps.unfold(2, 3, 1).sum(-1).unfold(3, 3, 1).sum(-1).add_(inner, alpha=4).div_(13).round_()
    inner.addcmul_(blurred.sub_(inner), strengths[0], value=-1)
    return _stored(maps)


def _posterize(images: Images, strengths: Strengths) -> Images:
    """Keep the highest bits."""
    return images & (255 << (8 - strengths[0].round().int())).to(torch.uint8)


def _solarize(images: Images, strengths: Strengths) -> Images:
    """Invert what is not below a level."""
    return images ^ -(images >= strengths[0]).view(torch.uint8)  # minus one has all bits set


def _autocontrast(images: Images, _: Strengths) -> Images:
    """Stretch each channel over all levels, unless it has but one."""
    maps = images.float()
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    flat = low == high
    return _stored(maps.sub_(low.masked_fill(flat, 0)).div_(((high - low) * (1 / 255)).masked_fill_(flat, 1)))


def _equalize(images: Images, _: Strengths) -> Images:
    """Make the levels of each channel about as frequent, as Pillow counts them."""
    count, levels = images.shape[:2].numel(), torch.arange(256.0, device=images.device)
    first = torch.arange(0, 256 * count, 256, dtype=torch.int32, device=images.device)
    places = images.int().view(count, -1).add_(first[:, None]).view(-1)
    histogram = places.bincount(minlength=256 * count).view(count, 256)
    below = histogram.cumsum(1).sub_(histogram).float()
    step = (below * histogram.clamp(max=1)).amax(1, keepdim=True).floor_divide_(255)
    spread = (below + step.floor_divide(2)).div_(step.clamp(min=1))
    curves = levels.lerp(spread, step.clamp(max=1))  # a channel of one level, or nearly so, has no step, and stays
    return _stored(curves).view(-1).index_select(0, places).view_as(images)


def _invert(images: Images, _: Strengths) -> Images:
    return ~images


def _turn_hue(images: Images, strengths: Strengths) -> Images:
    """Turn colours about the axis from black to white: each channel is a trapezium over the circle of hues, from low to high."""
    if images.shape[1] == 1:
        return images
    maps = images.float()
    red, green, blue = maps.split(1, 1)
    low, high = maps.amin(1, keepdim=True), maps.amax(1, keepdim=True)
    span = high - low
    unit = span.clamp(min=1)
    # In sixths of the circle; levels are whole, so what is not the highest is below it by one or more.
    hue = torch.lerp(2 + (blue - red) / unit, 4 + (red - green) / unit, (high - green).clamp_(max=1))
    hue = torch.lerp((green - blue) / unit, hue, (high - red).clamp_(max=1)) / 6 + strengths[0]
    centre, slope, height = torch.tensor([[3.0, 2, 4], [1, -1, -1], [-1, 2, 2]], device=images.device).view(3, 3, 1, 1)
    share = (6 * (hue - hue.floor()) - centre).abs_().mul_(slope).add_(height).clamp_(0, 1)
    # Just above the whole level, or a rounding error would cost one where fractions are cut off.
    return _stored(torch.addcmul(low, span, share).mul_(255.999 / 255))


def _stored(maps: Float[Tensor, "*shape"]) -> UInt8[Tensor, "*shape"]:
    """Cut off to levels that can be stored."""
    return maps.clamp_(0, 255).short().to(torch.uint8)  # the last cast alone takes four times as long as the two


NONE = (0.0, 0.0)
GROUPS: dict[Callable[[Images, Strengths], Images], dict[str, tuple[float, float]]] = {
    _keep: {"Identity": NONE},
    _move: {"ShearX": (0, 0.3), "ShearY": (0, 0.3), "TranslateX": (0, 150 / 331), "TranslateY": (0, 150 / 331), "Rotate": (0, pi / 6)},
    _enhance: {"Brightness": (0, 0.9), "Color": (0, 0.9), "Contrast": (0, 0.9)},
    _sharpen: {"Sharpness": (0, 0.9)},
    _posterize: {"Posterize": (8, 4)},
    _solarize: {"Solarize": (255, 0)},
    _autocontrast: {"AutoContrast": NONE},
    _equalize: {"Equalize": NONE},
    _invert: {"Invert": NONE},
    _turn_hue: {"Hue": (0, 0.5)},
}
"""Operations that are applied together, by the names of the AutoAugment paper, each with its weakest and strongest magnitude as in
torchvision: slope, fraction of the side, radians, change of a factor of 1, bits that stay, lowest level that is inverted, turns.
What begins at zero goes both ways."""

OPERATIONS = {name: scale for scales in GROUPS.values() for name, scale in scales.items()}
MEMBERS = torch.tensor([(group, member) for group, scales in enumerate(GROUPS.values()) for member in range(len(scales))]).T
MOST_MEMBERS = max(map(len, GROUPS.values()))
BOTH_WAYS = torch.tensor([weakest == 0 for weakest, _ in OPERATIONS.values()])
