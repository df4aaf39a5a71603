"""Turn a published data set into the arrays that training reads."""

import math

import numpy as np
from jaxtyping import Bool, Int, UInt8
from numpy import ndarray

from lightcnn.artifacts.prepared import Arrays, Meta
from lightcnn.core.errors import UserError
from lightcnn.data.datasets._official import RawData
from lightcnn.data.settings import DataConfig
from lightcnn.prediction.preprocessing import to_pixels


def prepared(raw: RawData, settings: DataConfig) -> tuple[dict[str, Arrays], Meta]:
    """The splits `train`, `valid` and `test`, each in the order of the official files, and what is true of them all.

    Raises:
        UserError: where there is nothing to tell apart, or no `settings.valid_size` images can be held out; or where there is a validation part
            and a size of one to draw, or neither.
    """
    if len(raw.classes) < 2:
        raise UserError(f"{settings.dataset.name}: only {len(raw.classes)} class ({', '.join(raw.classes)}); at least two are needed")
    if len(np.unique(raw.test.labels)) < 2:
        raise UserError(f"{settings.dataset.name}: the test images are all of one class; a score of them would say nothing")
    train, valid = with_valid(raw, settings)
    parts = {"train": train, "valid": valid, "test": raw.test}
    splits = {name: Arrays(resized(part.images, settings.image_size), part.labels) for name, part in parts.items()}
    mean, std = statistics(splits["train"].images)
    size, channels = splits["train"].images.shape[2:]
    counts = {name: len(split.labels) for name, split in splits.items()}
    meta = Meta(name=settings.dataset.name, classes=raw.classes, channels=channels, size=size, mean=mean, std=std, counts=counts)
    return splits, meta


def with_valid(raw: RawData, settings: DataConfig) -> tuple[Arrays, Arrays]:
    """What is trained on, and the validation part: the one that there is, or one drawn of the training images.

    Raises:
        UserError: see `prepared`.
    """
    if raw.valid is not None:
        if settings.valid_size is not None:
            raise UserError(
                f"valid_size {settings.valid_size}: these images have a validation part of their own; set data.valid_size to null"
            )
        return raw.train, raw.valid
    if settings.valid_size is None:
        raise UserError(
            "valid_size null: these images have no validation part; say in data.valid_size how many of them are held out for it"
        )
    held = stratified_mask(raw.train.labels, len(raw.classes), settings.valid_size, settings.split_seed)
    return subset(raw.train, ~held), subset(raw.train, held)


def subset(split: Arrays, which: Bool[ndarray, "image"]) -> Arrays:
    """A part of a split, in the same order."""
    return Arrays(split.images[which], split.labels[which])


def resized(images: UInt8[ndarray, "image height width channel"], size: int | None) -> UInt8[ndarray, "image new_height new_width channel"]:
    """Square images of `size` pixels a side, resized as any image is before it is predicted; None leaves them alone."""
    if size is None or images.shape[1:3] == (size, size):
        return images
    new = np.empty((len(images), size, size, images.shape[3]), np.uint8)
    for index, image in enumerate(images):
        new[index] = to_pixels(image, image.shape[2], size)
    return new


def stratified_mask(labels: Int[ndarray, "image"], classes: int, size: int, seed: int) -> Bool[ndarray, "image"]:
    """Draw `size` images, each class by its share.

    Every image gets a number from PCG64's raw stream, and the lowest of each class are drawn. NumPy promises that stream
    for good (NEP 19); its shuffles, and scikit-learn's splitters on top of them, may change from version to version.

    A class of two images or more gets one at least, and keeps one to train on; a class of one is only trained on.

    Raises:
        UserError: where `size` is too small or too large for that.
    """
    counts = np.bincount(labels, minlength=classes)
    least, most = np.minimum(counts // 2, 1), np.maximum(counts - 1, 0)
    if size < least.sum():
        raise UserError(f"valid_size {size}: must be at least {least.sum()}, one image for each class of two or more")
    if size > most.sum():
        raise UserError(f"valid_size {size}: of {len(labels)} images, that leaves some class without one to train on; take less")
    shares = within_bounds(stratified_counts(counts, size), least, most)
    keys = np.random.PCG64(seed).random_raw(len(labels))
    held = np.zeros(len(labels), bool)
    for label, share in enumerate(shares):
        members = np.flatnonzero(labels == label)
        held[members[np.argsort(keys[members], kind="stable")[:share]]] = True
    return held


def stratified_counts(counts: Int[ndarray, "class"], size: int) -> Int[ndarray, "class"]:
    """How many of `size` each class gets: in proportion to `counts`, what is left over to the largest remainders (of equals, the first)."""
    shares, remainders = np.divmod(counts * size, counts.sum())
    left = size - shares.sum()
    shares[np.argsort(-remainders, kind="stable")[:left]] += 1
    return shares


def within_bounds(shares: Int[ndarray, "class"], least: Int[ndarray, "class"], most: Int[ndarray, "class"]) -> Int[ndarray, "class"]:
    """Shares between two bounds, with the same sum: what one class must give or take, those farthest from their own bound make up for."""
    bounded = np.clip(shares, least, most)
    while surplus := bounded.sum() - shares.sum():
        spare = bounded - least if surplus > 0 else most - bounded
        bounded[spare.argmax()] -= np.sign(surplus)
    return bounded


def statistics(images: UInt8[ndarray, "image height width channel"]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel, for pixels scaled to 0..1; summed in integers, so no machine's order of summing shows."""
    count = images[..., 0].size
    sums = [int(value) for value in images.sum((0, 1, 2), dtype=np.uint64)]
    squares = [int(value) for value in np.einsum("ihwc,ihwc->c", images, images, dtype=np.uint64)]
    mean = tuple(total / (255 * count) for total in sums)
    std = tuple(math.sqrt(count * square - total**2) / (255 * count) for total, square in zip(sums, squares, strict=True))
    return mean, std
