"""AutoAugment: each image goes through one of 25 pairs of operations that a search found good for CIFAR-10.

id         D4
source     Cubuk et al. 2018, arXiv:1805.09501, appendix: the policy found on reduced CIFAR-10
differs    what a magnitude means is torchvision's scale of 10 levels, from no change to the strongest, either way at random
cost       18 us an image on two CPU threads, 1,024 at a time: 8.9 times as fast as torchvision's in two workers
example    name: autoaugment
conflicts  nothing
"""

import torch
from torch import Generator

from lightcnn.core.config import StrictModel
from lightcnn.data.augment._operations import OPERATIONS, Chain, apply_chain, magnitudes_of, random_signs
from lightcnn.data.types import PixelTransform

LEVELS = 10
IDENTITY = 0
POLICY = (
    (("Invert", 0.1, 0), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 0), ("Equalize", 0.5, 0)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 0)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 0), ("Equalize", 0.6, 0)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 0)),
    (("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 0), ("Invert", 0.1, 0)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)),
)
"""Pairs of operation, probability and level; 0 where an operation has no levels."""

STEPS = [step for pair in POLICY for step in pair]
OPERATION = torch.tensor([list(OPERATIONS).index(name) for name, _, _ in STEPS])
CHANCE = torch.tensor([chance for _, chance, _ in STEPS])
MAGNITUDE = magnitudes_of(LEVELS)[[level for _, _, level in STEPS], OPERATION]


class Config(StrictModel):
    """Nothing to set."""


def build(_: Config) -> PixelTransform:
    """A transform that draws a pair of operations for every image afresh."""
    return lambda images, generator: apply_chain(images, sample_chain(len(images), generator))


def sample_chain(count: int, generator: Generator) -> Chain:
    """Draw a pair for each of `count` images, all as likely; each of the two happens with its probability."""
    device = generator.device
    pairs = torch.randint(len(POLICY), (count,), generator=generator, device=device)
    steps = 2 * pairs + torch.arange(2, device=device)[:, None]
    happens = torch.rand(2, count, generator=generator, device=device) < CHANCE.to(device)[steps]
    operations = torch.where(happens, OPERATION.to(device)[steps], IDENTITY)
    return random_signs(Chain(operations, MAGNITUDE.to(device)[steps]), generator)
