"""What MixUp and CutMix share."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from lightcnn.core.types import Step
from lightcnn.data.types import Batch, BatchTransform

KeepMask = Float[Tensor, "batch channel height width"]
"""How much of itself an image keeps, 0 to 1: a number for each value, or a single one (1 x 1 x 1). Its mean is the image's `lam`."""

KeepMaskSampler = Callable[[torch.Size, Generator], KeepMask]
"""Draws the shares of images of a shape."""


class Mixing(NamedTuple):
    """Who is mixed with whom, and how much of the original stays."""

    partner: Int[Tensor, "batch"]
    share: KeepMask


def mix_transform(sample: KeepMaskSampler, stop_fraction: float) -> BatchTransform:
    """A transform that mixes every batch afresh during the first `stop_fraction` of a phase's steps, and then lets it pass."""

    def mix(batch: Batch, step: Step, generator: Generator) -> Batch:
        if step.number >= stop_fraction * step.total_steps:
            return batch
        partner = torch.randperm(len(batch.images), generator=generator, device=generator.device)
        return apply_mixing(batch, Mixing(partner, sample(batch.images.shape, generator)))

    return mix


def sample_lam(count: int, alpha: float, generator: Generator) -> Float[Tensor, "batch"]:
    """Draw from Beta(alpha, alpha), in float64, since small alphas crowd at the ends."""
    # A Dirichlet of two is a Beta, and its sampler takes a generator: torch.distributions takes none.
    alphas = torch.full((count, 2), alpha, dtype=torch.float64, device=generator.device)
    return torch._sample_dirichlet(alphas, generator)[:, 0]


def sample_mixup(alpha: float, shape: torch.Size, generator: Generator) -> KeepMask:
    """Draw MixUp's shares: one `lam` for all of an image."""
    return sample_lam(shape[0], alpha, generator).float().view(-1, 1, 1, 1)


def sample_cutmix(alpha: float, shape: torch.Size, generator: Generator) -> KeepMask:
    """Draw CutMix's shares: nothing is kept in a box of about 1 - `lam` of the area whose middle is any pixel, all outside of it."""
    lam = sample_lam(shape[0], alpha, generator)
    row, column = (torch.randint(side, lam.shape, generator=generator, device=generator.device) for side in shape[2:])
    return box_mask(lam, row, column, shape)


def box_mask(lam: Float[Tensor, "batch"], row: Int[Tensor, "batch"], column: Int[Tensor, "batch"], shape: torch.Size) -> KeepMask:
    """Zero in the box about the pixel at `row` and `column`, as far as it lies in the image, one elsewhere."""
    count, channels, height, width = shape
    half_size = (1 - lam).sqrt() / 2
    # One number a value, in channels_last layout: with one a pixel, spread over the channels, the mixing itself takes ten times as long.
    columns = _near(column, half_size, width).repeat_interleave(channels, 1)
    box = _near(row, half_size, height)[:, :, None] * columns[:, None]
    return (1 - box).view(count, height, width, channels).permute(0, 3, 1, 2)


def apply_mixing(batch: Batch, mixing: Mixing) -> Batch:
    """Mix images by share, and targets by the mean share."""
    lam = mixing.share.mean((1, 2, 3))
    images = torch.lerp(batch.images[mixing.partner], batch.images, mixing.share)
    return Batch(images, torch.lerp(batch.targets[mixing.partner], batch.targets, lam[:, None]))


def _near(middle: Int[Tensor, "batch"], half_size: Float[Tensor, "batch"], side: int) -> Float[Tensor, "batch {side}"]:
    """One for each of `side` places that is within `reach` (a fraction of the side) of the middle, zero for the others."""
    away = torch.arange(side, device=middle.device) - middle[:, None]
    half = (half_size * side).long()[:, None]
    return ((away >= -half) & (away < half)).float()
