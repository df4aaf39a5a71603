"""How sure a score on validation images can be."""

import math

LARGEST_ERROR = 0.015
"""Above this standard error of one run's top-1, which of its epochs is best is mostly chance: a recipe like ours gains less in its last epochs."""
GUESS = 0.9
"""The top-1 that is assumed before anything is trained."""


def standard_error(images: int, top1: float = GUESS) -> float:
    """The standard error of a fraction that is right, of so many images that were drawn (the binomial distribution)."""
    return math.sqrt(top1 * (1 - top1) / images)


def warning(images: int, top1: float = GUESS) -> str | None:
    """What to know where validation is too small to tell epochs apart; None where it is not."""
    error = standard_error(images, top1)
    if error <= LARGEST_ERROR:
        return None
    return (
        f"{images:,} validation images are few: at {top1:.0%} right, a score has a standard error of {100 * error:.1f} points (over "
        f"{100 * LARGEST_ERROR:.1f}), so that its best epoch is mostly chance; take checkpoint: last, or hold out more"
    )
