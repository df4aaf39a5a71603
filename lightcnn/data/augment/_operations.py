"""Image operations of RandAugment, AutoAugment and colour jitter, on batches with a magnitude for each image.

What comes out is, image by image, what torchvision's `transforms.v2.functional` makes of uint8 tensors: nearest pixels, black
outside, colours cut off to whole levels. Only where rounding decides, midway between two pixels or at a level, may the other be taken.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8
from torch import Generator, Tensor
from torch.nn import functional

from lightcnn.data.types import Images

Magnitudes = Float[Tensor, "batch 1 1 1"]


class Operation(NamedTuple):
    """How images are changed, and the magnitudes of the least and the greatest change; those that grow can be negative, too."""

    apply: Callable[[Images, Magnitudes], Images]
    least: float = 0
    greatest: float = 0


class Chain(NamedTuple):
    """What each image goes through, round by round: operations, by their place in `OPERATIONS`, and the magnitude of each."""

    operations: Int[Tensor, "round batch"]
    magnitudes: Float[Tensor, "round batch"]


def apply_chain(images: Images, chain: Chain) -> Images:
    """Put each image through its operations; the result is in channels_last layout."""
    images = images.contiguous()  # what goes channel by channel is several times faster so
    for operations, magnitudes in zip(*chain, strict=True):
        images = _apply_round(images, operations, magnitudes)
    return images.contiguous(memory_format=torch.channels_last)


def _apply_round(images: Images, operations: Int[Tensor, "batch"], magnitudes: Float[Tensor, "batch"]) -> Images:
    """Sort the images by operation, apply each operation to its run of them, and put all back in place."""
    order = operations.argsort()
    sizes = operations.bincount(minlength=len(OPERATIONS)).tolist()
    runs = images.index_select(0, order).split(sizes)
    strengths = magnitudes[order].view(-1, 1, 1, 1).split(sizes)
    parts = zip(OPERATIONS.values(), runs, strengths, strict=True)
    done = torch.cat([operation.apply(run, strength) for operation, run, strength in parts if len(run)])
    return done.index_select(0, order.argsort())


def magnitudes_of(levels: int) -> Float[Tensor, "level operation"]:
    """The magnitudes of all operations at each of so many levels, from the least change to the greatest."""
    return torch.stack([torch.linspace(least, greatest, levels) for _, least, greatest in OPERATIONS.values()], 1)


def random_signs(chain: Chain, generator: Generator) -> Chain:
    """The same chain, half of the magnitudes negative, on average, where they can be."""
    device = generator.device
    coins = torch.rand(chain.magnitudes.shape, generator=generator, device=device) < 0.5
    signed = torch.tensor([least < greatest for _, least, greatest in OPERATIONS.values()], device=device)
    turned = coins & signed[chain.operations]
    return chain._replace(magnitudes=torch.where(turned, -chain.magnitudes, chain.magnitudes))


def _keep(images: Images, _: Magnitudes) -> Images:
    return images


def _shear_x(images: Images, slope: Magnitudes) -> Images:
    x, y = _pixel_centres(images)
    return _sample_nearest(images, x + slope * (y + images.shape[2] / 2), y)


def _shear_y(images: Images, slope: Magnitudes) -> Images:
    x, y = _pixel_centres(images)
    return _sample_nearest(images, x, y + slope * (x + images.shape[3] / 2))


def _translate_x(images: Images, part: Magnitudes) -> Images:
    x, y = _pixel_centres(images)
    return _sample_nearest(images, x - (part * images.shape[3]).trunc(), y)


def _translate_y(images: Images, part: Magnitudes) -> Images:
    x, y = _pixel_centres(images)
    return _sample_nearest(images, x, y - (part * images.shape[2]).trunc())


def _rotate(images: Images, degrees: Magnitudes) -> Images:
    """Turn anticlockwise about the middle."""
    x, y = _pixel_centres(images)
    cosine, sine = degrees.deg2rad().cos(), degrees.deg2rad().sin()
    return _sample_nearest(images, x * cosine - y * sine, x * sine + y * cosine)


def _pixel_centres(images: Images) -> tuple[Float[Tensor, "width"], Float[Tensor, "height 1"]]:
    """Where each column and row of pixels is, counted from the middle, to the right and down."""
    y, x = (torch.arange(length, device=images.device) - (length - 1) / 2 for length in images.shape[2:])
    return x, y[:, None]


def _sample_nearest(images: Images, x: Float[Tensor, "*#shape"], y: Float[Tensor, "*#shape"]) -> Images:
    """For each pixel the one nearest to a place; black where there is none."""
    height, width = images.shape[2:]
    half = torch.broadcast_tensors(2 / width * x, 2 / height * y)
    grid = torch.stack(half, -1).view(-1, height, width, 2)
    return _to_uint8(functional.grid_sample(images.float(), grid, "nearest", align_corners=False))


def _brighten(images: Images, change: Magnitudes) -> Images:
    return _to_uint8(images.float().mul_(1 + change))


def _colour(images: Images, change: Magnitudes) -> Images:
    return _blend_from(images, _grey(images), change) if images.shape[1] == 3 else images


def _contrast(images: Images, change: Magnitudes) -> Images:
    return _blend_from(images, _grey(images).mean((1, 2, 3), keepdim=True), change)


def _grey(images: Images) -> Float[Tensor, "batch 1 height width"]:
    if images.shape[1] == 1:
        return images.float()
    red, green, blue = images.float().split(1, 1)
    return red.mul(0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114).floor_()


def _blend_from(images: Images, degenerate: Tensor, change: Magnitudes) -> Images:
    """Further from a dull image, or nearer to it where the change is negative."""
    return _to_uint8(images.float().mul_(1 + change).addcmul_(degenerate, change, value=-1))


def _sharpen(images: Images, change: Magnitudes) -> Images:
    """Away from a blurred self, or towards it; the outermost pixels, which lack neighbours, stay."""
    maps = images.float()
    inner = maps[:, :, 1:-1, 1:-1]
    rows = maps[:, :, :-2] + maps[:, :, 1:-1] + maps[:, :, 2:]
    total = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    blurred = total.add_(inner, alpha=4).div_(13).round_()
    inner.addcmul_(blurred.sub_(inner), change, value=-1)
    return _to_uint8(maps)


def _posterize(images: Images, bits: Magnitudes) -> Images:
    """Keep the highest bits."""
    return images & (255 << (8 - bits.round().int())).to(torch.uint8)


def _solarize(images: Images, level: Magnitudes) -> Images:
    """Invert what is not below a level."""
    return torch.where(images >= level, ~images, images)


def _autocontrast(images: Images, _: Magnitudes) -> Images:
    """Stretch each channel over all levels, unless it has but one."""
    low, high = images.amin((2, 3), keepdim=True).float(), images.amax((2, 3), keepdim=True).float()
    flat = low == high
    scale = ((high - low) * (1 / 255)).masked_fill_(flat, 1)
    return _to_uint8(images.float().sub_(low.masked_fill(flat, 0)).div_(scale))


def _equalize(images: Images, _: Magnitudes) -> Images:
    """Make the levels of each channel about as frequent, as Pillow counts them."""
    channels = images.shape[:2].numel()
    first = torch.arange(0, 256 * channels, 256, dtype=torch.int32, device=images.device)
    places = images.int().view(channels, -1).add_(first[:, None]).view(-1)
    counts = places.bincount(minlength=256 * channels).view(channels, 256)
    below = counts.cumsum(1).sub_(counts)
    step = (below * counts.sign()).amax(1, keepdim=True) // 255
    curves = (below + step // 2) // step.clamp(min=1)
    # A channel of one level, or nearly so, has no step, and stays.
    curves = torch.where(step > 0, curves.clamp_(max=255), torch.arange(256, device=images.device)).to(torch.uint8)
    return curves.view(-1).index_select(0, places).view_as(images)


def _invert(images: Images, _: Magnitudes) -> Images:
    return ~images


def _turn_hue(images: Images, turns: Magnitudes) -> Images:
    """Turn colours about the axis from black to white: each channel is a trapezium over the circle of hues, from low to high."""
    if images.shape[1] == 1:
        return images
    maps = images.float()
    red, green, blue = maps.split(1, 1)
    low, high = maps.amin(1, keepdim=True), maps.amax(1, keepdim=True)
    span = high - low
    unit = span.clamp(min=1)
    # In sixths of the circle. Levels are whole: a channel is the highest, or below it by one or more.
    hue = torch.lerp(2 + (blue - red) / unit, 4 + (red - green) / unit, (high - green).clamp_(max=1))
    hue = torch.lerp((green - blue) / unit, hue, (high - red).clamp_(max=1)) / 6 + turns
    centre, slope, height = torch.tensor([[3.0, 2, 4], [1, -1, -1], [-1, 2, 2]], device=images.device).view(3, 3, 1, 1)
    share = (6 * (hue - hue.floor()) - centre).abs_().mul_(slope).add_(height).clamp_(0, 1)
    # Just above the whole level, or a rounding error would cost one where fractions are cut off.
    return _to_uint8(torch.addcmul(low, span, share).mul_(255.999 / 255))


def _to_uint8(maps: Float[Tensor, "*shape"]) -> UInt8[Tensor, "*shape"]:
    """Cut off to levels that can be stored."""
    return maps.clamp_(0, 255).short().to(torch.uint8)  # the last cast alone takes four times as long as the two


OPERATIONS = {
    "Identity": Operation(_keep),
    "ShearX": Operation(_shear_x, 0, 0.3),
    "ShearY": Operation(_shear_y, 0, 0.3),
    "TranslateX": Operation(_translate_x, 0, 150 / 331),
    "TranslateY": Operation(_translate_y, 0, 150 / 331),
    "Rotate": Operation(_rotate, 0, 30),
    "Brightness": Operation(_brighten, 0, 0.9),
    "Color": Operation(_colour, 0, 0.9),
    "Contrast": Operation(_contrast, 0, 0.9),
    "Sharpness": Operation(_sharpen, 0, 0.9),
    "Posterize": Operation(_posterize, 8, 4),
    "Solarize": Operation(_solarize, 255, 0),
    "AutoContrast": Operation(_autocontrast),
    "Equalize": Operation(_equalize),
    "Invert": Operation(_invert),
    "Hue": Operation(_turn_hue, 0, 0.5),
}
"""By the names of the AutoAugment paper, on torchvision's scales. Magnitudes are slopes, fractions of the side, degrees, changes of a
factor of 1, bits that stay, the lowest level that is inverted, turns."""
