"""Make batches on the device: one gather, then augmentation of several batches at once."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor
from torch.nn import functional

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.types import Step
from lightcnn.data.normalize import Normalize, as_maps
from lightcnn.data.types import Batch, BatchTransform, Images, PixelTransform, Split
from lightcnn.training.recipe import Recipe

BATCHES_PER_GATHER = 16
"""Batches (of images of 32 x 32 pixels or less) that are gathered and augmented in one go, so that the overhead of small operations is shared."""


class BatchLoader(NamedTuple):
    """How batches are made of a split."""

    size: int
    classes: int
    pixel_transforms: tuple[PixelTransform, ...]
    normalise: Normalize
    batch_transforms: tuple[BatchTransform, ...]

    @classmethod
    def from_recipe(cls, recipe: Recipe, normalise: Normalize, classes: int) -> Self:
        """What a recipe asks for."""
        return cls(
            recipe.batch_size,
            classes,
            tuple(component.build() for component in recipe.augment),
            normalise,
            tuple(component.build() for component in (*recipe.mix, recipe.resize) if component),
        )

    def batches_per_epoch(self, split: Split) -> int:
        """Batches in an epoch: the last, short one is left out, unless it is the only one."""
        return max(1, len(split.labels) // self.size)

    def epoch(self, split: Split, first: Step, generator: Generator) -> Iterator[tuple[Step, Batch]]:
        """All of `split` once, in random order, augmented afresh; each batch with its step, counted from `first`."""
        order = torch.randperm(len(split.labels), generator=generator, device=generator.device)
        step, together = first, images_at_a_time(split.images.shape, BATCHES_PER_GATHER, BATCHES_PER_GATHER)
        for chosen in order[: self.size * first.steps_per_epoch].split(self.size * together):
            images, targets = self.gather(split, chosen, generator)
            for raw, wanted in zip(images.split(self.size), targets.split(self.size), strict=True):
                batch = Batch(self.normalise(raw), wanted)
                for mix in self.batch_transforms:
                    batch = mix(batch, step, generator)
                yield step, batch
                step = step._replace(number=step.number + 1)

    def gather(self, split: Split, chosen: Int[Tensor, "image"], generator: Generator) -> tuple[Images, Float[Tensor, "image classes"]]:
        """The images chosen, each augmented afresh, and their targets."""
        flat = split.images.flatten(1)  # a gather of whole rows is several times faster than one of maps
        images = as_maps(flat.index_select(0, chosen).view(-1, *split.images.shape[1:]))
        for augment in self.pixel_transforms:
            images = augment(images, generator)
        return images, functional.one_hot(split.labels.index_select(0, chosen), self.classes).float()
