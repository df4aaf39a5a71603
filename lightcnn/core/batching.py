"""Choose how many images to process at a time from their size in bytes."""

from collections.abc import Sequence

SMALL = 32 * 32
"""Pixels of CIFAR's images. What a network makes of an image grows with its pixels, whatever its channels."""


def images_at_a_time(shape: Sequence[int], small: int = 1000, most: int = 1000) -> int:
    """As many images as take no more memory than `small` of 32 x 32 pixels, `most` of them at most and one at least.

    Args:
        shape: of all images, [image height width channel].
        small: images of 32 x 32 pixels that there is memory for.
        most: of any size.
    """
    return max(1, min(most, small * SMALL // (shape[1] * shape[2])))
