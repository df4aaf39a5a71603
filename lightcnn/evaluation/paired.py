"""How sure the difference of two runs is that share seeds or test images, at any level; and Holm's correction for several of them."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from numpy import ndarray

from lightcnn.evaluation.intervals import Interval, wilson

OWN = 5
"""Pairs from which a difference is judged by its own deviation; of fewer, the deviation would itself be chance."""


class Deviation(NamedTuple):
    """A standard deviation, and its degrees of freedom."""

    std: float
    free: int


def pooled(groups: Sequence[Sequence[float]]) -> Deviation | None:
    """The deviation that groups of differences have in common; None where no group has two."""
    spreads = [(stdev(group), len(group) - 1) for group in groups if len(group) > 1]
    free = sum(count for _, count in spreads)
    return Deviation(sqrt(sum(std**2 * count for std, count in spreads) / free), free) if free else None


class SeedPairs(NamedTuple):
    """Differences of two runs, seed by seed, judged by Student's t."""

    differences: tuple[float, ...]
    common: Deviation
    """What is taken for their deviation where there are fewer than OWN."""

    @property
    def mean(self) -> float:
        """Of all seeds."""
        return fmean(self.differences)

    def interval(self, level: float) -> Interval:
        """Where the true difference lies, but for a share `level` of all cases.

        Source: Student 1908, Biometrika 6.
        """
        from scipy.special import stdtrit  # not above: `plan` meets this module, and would wait for it

        half = float(stdtrit(self._deviation.free, 1 - level / 2)) * self._deviation.std / sqrt(len(self.differences))
        return Interval(self.mean - half, self.mean + half)

    @property
    def p(self) -> float:
        """Of no difference, from both sides."""
        from scipy.special import stdtr

        if not self._deviation.std:
            return float(self.mean == 0)
        return float(2 * stdtr(self._deviation.free, -abs(self.mean) * sqrt(len(self.differences)) / self._deviation.std))

    @property
    def _deviation(self) -> Deviation:
        count = len(self.differences)
        return Deviation(stdev(self.differences), count - 1) if count >= OWN else self.common


class ImagePairs(NamedTuple):
    """Two networks asked about the same images: right both, only the first, only the second, neither."""

    both: int
    first: int
    second: int
    neither: int

    @classmethod
    def of(cls, first: Bool[ndarray, "image"], second: Bool[ndarray, "image"]) -> "ImagePairs":
        """Count what was right."""
        return cls(*(int(np.sum(pair)) for pair in (first & second, first & ~second, ~first & second, ~first & ~second)))

    @property
    def mean(self) -> float:
        """Accuracy of the first less that of the second, as a fraction."""
        return (self.first - self.second) / sum(self)

    def interval(self, level: float) -> Interval:
        """Where the true difference lies, but for a share `level` of all choices of images.

        Source: Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10: Wilson's intervals, joined by the correlation of the pairs.
        """
        images, (both, first, second, neither) = sum(self), self
        ours, theirs = (both + first) / images, (both + second) / images
        (least, most), (low, high) = (wilson(share, images, 1 - level / 2) for share in (ours, theirs))
        sides, cross = (both + first) * (second + neither) * (both + second) * (first + neither), both * neither - first * second
        correlation = (max(cross - images / 2, 0) if cross > 0 else cross) / sqrt(sides) if sides else 0.0

        def reach(one: float, other: float) -> float:
            return sqrt(max(one**2 - 2 * correlation * one * other + other**2, 0))

        return Interval(self.mean - reach(ours - least, high - theirs), self.mean + reach(most - ours, theirs - low))

    @property
    def p(self) -> float:
        """Of no difference, from both sides."""
        return _level_at_zero(self)


class OneNetwork(NamedTuple):
    """So many test images that a single network is right on, beside a published accuracy."""

    hits: int
    images: int
    published: float

    @property
    def mean(self) -> float:
        """Its accuracy less the published one, as a fraction."""
        return self.hits / self.images - self.published

    def interval(self, level: float) -> Interval:
        """Where the true difference lies, but for a share `level` of all choices of images: Wilson's interval."""
        low, high = wilson(self.hits / self.images, self.images, 1 - level / 2)
        return Interval(low - self.published, high - self.published)

    @property
    def p(self) -> float:
        """Of no difference, from both sides."""
        return _level_at_zero(self)


def _level_at_zero(test: ImagePairs | OneNetwork) -> float:
    """The level at which the interval ends at 0."""
    from scipy.optimize import brentq

    def inner_end(level: float) -> float:
        """The end of the interval towards 0, negative where it is beyond."""
        low, high = test.interval(level)
        return low if test.mean > 0 else -high

    if not test.mean:
        return 1.0
    nearest = NormalDist().cdf(-8) * 2
    return float(brentq(inner_end, nearest, 1)) if inner_end(nearest) < 0 else nearest


def holm(ps: Sequence[float], level: float = 0.05) -> list[float]:
    """The level that each of several tests is made at, so that one of them all is wrong in a share `level` of all cases at most.

    The smallest p is tested at a part of `level` of as many as there are, the next at a part of one fewer, and so on; from the first
    that fails, the level stays.

    Source: Holm 1979, Scandinavian Journal of Statistics 6.
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    levels, has_failed, current = [0.0] * len(ps), False, level
    for rank, place in enumerate(order):
        if not has_failed:
            current = level / (len(ps) - rank)
            has_failed = ps[place] > current
        levels[place] = current
    return levels
