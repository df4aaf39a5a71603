"""Colour jitter: brightness, contrast, saturation and hue wander.

id         D5
source     torchvision's ColorJitter; Krizhevsky et al. 2012 made it usual
differs    nothing
cost       66 us an image on one CPU thread, 512 at a time on a busy machine
example    brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Generator

from lightcnn.core.config import StrictModel
from lightcnn.data.augment._operations import OPERATIONS, Chain, apply_chain
from lightcnn.data.types import Images, PixelTransform


class Config(StrictModel):
    """Largest change each way: of a factor of 1, of `hue` in turns."""

    brightness: float = Field(0.2, ge=0, le=1)
    contrast: float = Field(0.2, ge=0, le=1)
    saturation: float = Field(0.2, ge=0, le=1)
    hue: float = Field(0.1, ge=0, le=0.5)


def build(config: Config) -> PixelTransform:
    """A transform that jitters every image afresh."""

    def transform(images: Images, generator: Generator) -> Images:
        return apply_chain(images, sample_jitter(len(images), config, generator))

    return transform


def sample_jitter(count: int, config: Config, generator: Generator) -> Chain:
    """Draw the changes of each of `count` images, uniform in their range, and the order in which they happen, all as likely."""
    device = generator.device
    largest = {"Brightness": config.brightness, "Contrast": config.contrast, "Color": config.saturation, "Hue": config.hue}
    kinds = {place: largest[name] for place, name in enumerate(OPERATIONS) if largest.get(name)}
    order = torch.rand(len(kinds), count, generator=generator, device=device).argsort(0)
    changes = torch.rand(len(kinds), count, generator=generator, device=device) * 2 - 1
    operations = torch.tensor(list(kinds), dtype=torch.long, device=device)[order]
    return Chain(operations, changes * torch.tensor(list(kinds.values()), device=device)[order])
