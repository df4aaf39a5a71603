"""Batches: every image once, what is made of it, and in which order."""

import pytest
import torch
from torch import Tensor

from lightcnn.core.types import Step
from lightcnn.data.normalize import Normalize
from lightcnn.data.types import Batch, Split
from lightcnn.training.batches import BatchLoader
from tests.helpers import drawing, images_of, setup_of

COUNT = 23
SPLIT = Split(torch.arange(COUNT, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 4, 4, 3).contiguous(), torch.arange(COUNT) % 5)
"""Images that each have a grey of their own."""
RAW = Normalize((0.0,) * 3, (1 / 255,) * 3)


def feed_of(size: int) -> BatchLoader:
    return BatchLoader(size, 5, (), RAW, ())


def batches_of(feed: BatchLoader, seed: int = 0, split: Split = SPLIT) -> list[Batch]:
    """Those of the first epoch."""
    count = feed.batches_per_epoch(split)
    return [batch for _, batch in feed.epoch(split, Step(0, count, count), drawing(seed))]


def shown(feed: BatchLoader, seed: int = 0) -> list[int]:
    """Which images an epoch shows."""
    return [int(value) for batch in batches_of(feed, seed) for value in batch.images[:, 0, 0, 0].round()]


@pytest.mark.parametrize(("size", "count", "batches"), [(1, 23, 23), (5, 20, 4), (22, 22, 1), (23, 23, 1), (24, 23, 1), (1000, 23, 1)])
def test_an_epoch_shows_every_image_once_but_for_the_short_rest(size: int, count: int, batches: int) -> None:
    feed = feed_of(size)
    order = shown(feed)
    assert len(order) == len(set(order)) == count
    assert len(batches_of(feed)) == feed.batches_per_epoch(SPLIT) == batches


def test_the_order_is_drawn_from_the_generator() -> None:
    assert shown(feed_of(5), 1) == shown(feed_of(5), 1) != shown(feed_of(5), 2)
    assert shown(feed_of(5), 1) != sorted(shown(feed_of(5), 1))


def test_every_image_is_left_out_as_often() -> None:
    left = torch.zeros(COUNT)
    for seed in range(600):
        left[list(set(range(COUNT)) - set(shown(feed_of(20), seed)))] += 1
    # Binomial(600, 3/23): mean 78, deviation 8.
    assert (left - 600 * 3 / COUNT).abs().max() < 5 * 8.3


def test_targets_are_one_hot_and_stay_with_their_image() -> None:
    for batch in batches_of(feed_of(5)):
        number = batch.images[:, 0, 0, 0].round().long()
        assert torch.equal(batch.targets, torch.eye(5)[number % 5])


def test_without_augmentation_it_is_exactly_the_normalised_images() -> None:
    images = images_of(8, 3, 6)
    normalise = Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    feed = BatchLoader.from_recipe(setup_of({}, batch_size=8).recipe, normalise, 8)
    (batch,) = batches_of(feed, split=Split(images.permute(0, 2, 3, 1).contiguous(), torch.arange(8)))
    assert torch.equal(batch.images, normalise(images)[batch.targets.argmax(1)])


def test_images_lie_in_the_layout_that_convolutions_are_fast_in() -> None:
    assert all(batch.images.is_contiguous(memory_format=torch.channels_last) for batch in batches_of(feed_of(5)))


def test_transforms_follow_one_another_before_and_after_normalisation() -> None:
    def halved(images: Tensor, _: torch.Generator) -> Tensor:
        return images // 2

    def raised(images: Tensor, _: torch.Generator) -> Tensor:
        return images + 10

    def mirrored(batch: Batch, *_: object) -> Batch:
        return Batch(-batch.images, batch.targets.flip(1))

    feed = feed_of(5)._replace(pixel_transforms=(halved, raised), batch_transforms=(mirrored,))
    for batch, plain in zip(batches_of(feed), batches_of(feed_of(5)), strict=True):
        assert torch.allclose(batch.images, -(plain.images.round() // 2 + 10))
        assert torch.equal(batch.targets, plain.targets.flip(1))


def test_the_split_itself_is_not_changed() -> None:
    before = SPLIT.images.clone()
    feed = BatchLoader.from_recipe(setup_of({}, augment=[{"name": "crop_flip"}, {"name": "affine"}]).recipe, RAW, 5)
    assert len(batches_of(feed)) == 1
    assert torch.equal(SPLIT.images, before)


def test_batches_are_told_which_step_they_are_for() -> None:
    told: list[Step] = []

    def listening(batch: Batch, step: Step, _: torch.Generator) -> Batch:
        told.append(step)
        return batch

    feed = feed_of(5)._replace(batch_transforms=(listening,))
    steps = [step for step, _ in feed.epoch(SPLIT, Step(8, 12, 4), drawing())]
    assert steps == told == [Step(now, 12, 4) for now in range(8, 12)]
