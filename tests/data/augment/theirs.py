"""What torchvision makes of one image: each operation by our name, with our magnitudes."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from lightcnn.data.augment._operations import OPERATIONS, Chain

CORNER = [0.0, 0.0]
THEIRS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "Identity": lambda image, _: image,
    "ShearX": lambda image, slope: functional.affine(image, 0.0, [0, 0], 1.0, [math.degrees(math.atan(slope)), 0.0], center=CORNER),
    "ShearY": lambda image, slope: functional.affine(image, 0.0, [0, 0], 1.0, [0.0, math.degrees(math.atan(slope))], center=CORNER),
    "TranslateX": lambda image, part: functional.affine(image, 0.0, [int(part * image.shape[2]), 0], 1.0, [0.0, 0.0]),
    "TranslateY": lambda image, part: functional.affine(image, 0.0, [0, int(part * image.shape[1])], 1.0, [0.0, 0.0]),
    "Rotate": functional.rotate,
    "Brightness": lambda image, change: functional.adjust_brightness(image, 1 + change),
    "Color": lambda image, change: functional.adjust_saturation(image, 1 + change),
    "Contrast": lambda image, change: functional.adjust_contrast(image, 1 + change),
    "Sharpness": lambda image, change: functional.adjust_sharpness(image, 1 + change),
    "Posterize": lambda image, bits: functional.posterize(image, round(bits)),
    "Solarize": functional.solarize,
    "AutoContrast": lambda image, _: functional.autocontrast(image),
    "Equalize": lambda image, _: functional.equalize(image),
    "Invert": lambda image, _: functional.invert(image),
    "Hue": functional.adjust_hue,
}
NAMES = list(OPERATIONS)


def theirs(images: Tensor, chain: Chain) -> Tensor:
    """The same chain image by image, operation by operation."""
    done = []
    for image, operations, magnitudes in zip(images, chain.operations.T.tolist(), chain.magnitudes.T.tolist(), strict=True):
        for operation, magnitude in zip(operations, magnitudes, strict=True):
            image = THEIRS[NAMES[operation]](image, magnitude)
        done.append(image)
    return torch.stack(done)


def differing(one: Tensor, other: Tensor, by: int = 0) -> float:
    """The share of values that are further apart than `by` levels."""
    return (one.int() - other.int()).abs().gt(by).float().mean().item()
