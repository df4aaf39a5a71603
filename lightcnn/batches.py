"""Batches, made on the device from a split that lies there whole: one gather, then augmentation of the whole batch."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import torch
from torch import Generator
from torch.nn import functional

from lightcnn.pixels import Normalise, as_maps
from lightcnn.recipe import Recipe
from lightcnn.types import Batch, BatchTransform, PixelTransform, Split, Step


class Feed(NamedTuple):
    """How batches are made of a split."""

    size: int
    classes: int
    pixel_transforms: tuple[PixelTransform, ...]
    normalise: Normalise
    batch_transforms: tuple[BatchTransform, ...]

    @classmethod
    def of(cls, recipe: Recipe, normalise: Normalise, classes: int) -> Self:
        """What a recipe asks for."""
        return cls(
            recipe.batch_size,
            classes,
            tuple(room.build() for room in recipe.augment),
            normalise,
            tuple(room.build() for room in (*recipe.mix, recipe.resize) if room),
        )

    def count(self, split: Split) -> int:
        """Batches in an epoch: the last, short one is left out, unless it is the only one."""
        return max(1, len(split.labels) // self.size)

    def epoch(self, split: Split, first: Step, generator: Generator) -> Iterator[tuple[Step, Batch]]:
        """All of `split` once, in random order, augmented afresh; each batch with its step, counted from `first`."""
        order = torch.randperm(len(split.labels), generator=generator, device=generator.device)
        flat = split.images.flatten(1)  # a gather of whole rows is several times faster than one of maps
        for now, chosen in enumerate(order.split(self.size)[: first.per_epoch], first.now):
            step = first._replace(now=now)
            images = as_maps(flat.index_select(0, chosen).view(-1, *split.images.shape[1:]))
            for augment in self.pixel_transforms:
                images = augment(images, generator)
            targets = functional.one_hot(split.labels.index_select(0, chosen), self.classes).float()
            batch = Batch(self.normalise(images), targets)
            for mix in self.batch_transforms:
                batch = mix(batch, step, generator)
            yield step, batch
