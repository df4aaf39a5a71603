"""Progressive resizing: small images first, which grow to full size on the way.

id         B4
source     Howard 2018, fast.ai's entry to DAWNBench; Karras et al. 2018, arXiv:1710.10196; composer's ProgressiveResizing
differs    the side grows from the first step on, by 4 pixels at a time, and each size lasts as long; composer waits first
cost       10 to 20 us an image on one CPU thread while it lasts; the network's own work falls with the area
example    initial_scale: 0.5, full_size_fraction: 0.7
requires   architecture: {name: enhanced, head: {name: gap}}
conflicts  whatever takes images of one size only, as a dense layer on the whole last map does
"""

import math

from pydantic import Field
from torch import Generator
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.core.types import Step
from lightcnn.data.types import Batch, BatchTransform

STRIDE = 4
"""Pixels that the side grows by: a map halved twice stays whole."""

CONFLICTS = {"fixed_input_size": "a dense layer on the whole last map takes images of one size only"}


class Config(StrictModel):
    """`initial_scale` is the first side as a fraction of the full one, `full_size_fraction` the fraction of the phase's steps at which that is reached."""

    initial_scale: float = Field(0.5, ge=0.25, lt=1)
    full_size_fraction: float = Field(0.7, gt=0, lt=1)


def build(config: Config) -> BatchTransform:
    """A transform that shrinks images, bilinear and antialiased, by less from step to step."""

    def resize(batch: Batch, step: Step, generator: Generator) -> Batch:  # noqa: ARG001
        side = side_at(step, batch.images.shape[-1], config)
        if side == batch.images.shape[-1]:
            return batch
        return batch._replace(images=functional.interpolate(batch.images, (side, side), mode="bilinear", antialias=True))

    return resize


def side_at(step: Step, full: int, config: Config) -> int:
    """Pixels a side at a step: `full` less a multiple of 4."""
    strides = (full - round(config.initial_scale * full)) // STRIDE
    left = max(0.0, 1 - step.number / (config.full_size_fraction * step.total_steps))
    return full - STRIDE * math.ceil(strides * left)
