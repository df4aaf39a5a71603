"""95% intervals of a mean over seeds, of a proportion, and of the difference of two scores."""

from math import hypot, sqrt
from statistics import NormalDist
from typing import NamedTuple

from lightcnn.artifacts.metrics import Statistic

TAIL = 0.975


class Interval(NamedTuple):
    """Two ends, in the unit of what they are about."""

    low: float
    high: float

    @property
    def includes_zero(self) -> bool:
        """Of a difference: whether it may as well be none."""
        return self.low <= 0 <= self.high


class Accuracy(NamedTuple):
    """Top-1 over seeds, and the number of images that each seed was asked about."""

    top1: Statistic
    images: int

    @property
    def interval(self) -> Interval:
        """Student's t over seeds; of a single seed Wilson's, in which the choice of images is all that is left to chance."""
        if self.top1.n == 1:
            return wilson(self.top1.mean, self.images)
        half = _student(self.top1.n - 1) * self.top1.std / sqrt(self.top1.n)
        return Interval(self.top1.mean - half, self.top1.mean + half)


def difference(before: Accuracy, after: Accuracy) -> Interval:
    """Interval of `after` less `before`: Welch's over seeds; Newcombe's where one of them is a single seed.

    Source: Welch 1947, Biometrika 34; Newcombe 1998, Statistics in Medicine 17, method 10.
    """
    change = after.top1.mean - before.top1.mean
    if min(before.top1.n, after.top1.n) > 1:
        half = _welch(before.top1, after.top1)
        return Interval(change - half, change + half)
    (low, high), (least, most) = (wilson(score.top1.mean, score.images) for score in (before, after))
    down, up = hypot(after.top1.mean - least, high - before.top1.mean), hypot(most - after.top1.mean, before.top1.mean - low)
    return Interval(change - down, change + up)


def wilson(share: float, count: int, tail: float = TAIL) -> Interval:
    """Interval of a share of `count` trials; `tail` is how much of the distribution lies below its upper end.

    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    z = NormalDist().inv_cdf(tail)
    centre, half = share + z**2 / (2 * count), z * sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return Interval(*((centre + end) / (1 + z**2 / count) for end in (-half, half)))


def _welch(one: Statistic, other: Statistic) -> float:
    """Half the width of the interval, with the degrees of freedom of Welch and Satterthwaite."""
    parts = [(score.std**2 / score.n, score.n - 1) for score in (one, other)]
    variance = sum(part for part, _ in parts)
    if not variance:
        return 0.0
    return _student(variance**2 / sum(part**2 / free for part, free in parts)) * sqrt(variance)


def _student(free: float | int) -> float:
    """How many standard errors reach to the end of the interval, with `free` degrees of freedom."""
    from scipy.special import stdtrit  # not above: `plan` meets this module, and would wait for it

    return float(stdtrit(free, TAIL))
