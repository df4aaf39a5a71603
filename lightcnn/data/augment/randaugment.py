"""RandAugment: each image goes through a few operations at random, all of one magnitude.

id         D3
source     Cubuk et al. 2019, arXiv:1909.13719, section 3
differs    what a magnitude means is torchvision's scale of 31 levels, from no change to the strongest, either way at random
cost       24 us an image on two CPU threads, 1,024 at a time: 9.5 times as fast as torchvision's in two workers
example    num_ops: 2, magnitude: 10
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Generator

from lightcnn.core.config import StrictModel
from lightcnn.data.augment._operations import OPERATIONS, Chain, apply_chain, magnitudes_of, random_signs
from lightcnn.data.types import PixelTransform

LEVELS = 31
SPACE = torch.tensor([place for place, name in enumerate(OPERATIONS) if name not in ("Invert", "Hue")])


class Config(StrictModel):
    """The paper's N and M: how many `num_ops` an image goes through, and how far (0 to 30) each is turned up."""

    num_ops: int = Field(2, ge=1, le=14)
    magnitude: int = Field(10, ge=0, lt=LEVELS)


def build(config: Config) -> PixelTransform:
    """A transform that draws operations for every image afresh."""
    return lambda images, generator: apply_chain(images, sample_chain(len(images), config, generator))


def sample_chain(count: int, config: Config, generator: Generator) -> Chain:
    """Draw operations for each of `count` images, all as likely, and the direction of those that have one."""
    device = generator.device
    drawn = torch.randint(len(SPACE), (config.num_ops, count), generator=generator, device=device)
    operations = SPACE.to(device)[drawn]
    magnitudes = magnitudes_of(LEVELS)[config.magnitude].to(device)
    return random_signs(Chain(operations, magnitudes[operations]), generator)
