"""Intervals, against scipy and a published example."""

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp, ttest_ind

from lightcnn.artifacts.metrics import Statistic
from lightcnn.evaluation.intervals import Accuracy, Interval, difference, wilson


def single(hits: int, images: int) -> Accuracy:
    return Accuracy(Statistic(mean=hits / images, std=0.0, n=1), images)


def over(*seeds: float) -> Accuracy:
    return Accuracy(Statistic(mean=float(np.mean(seeds)), std=float(np.std(seeds, ddof=1)), n=len(seeds)), 400)


@pytest.mark.parametrize(("hits", "images"), [(0, 10), (10, 10), (7309, 10_000), (81, 263)])
def test_a_single_seeds_interval_is_wilsons(hits: int, images: int) -> None:
    expected = binomtest(hits, images).proportion_ci(method="wilson")
    assert wilson(hits / images, images) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert single(hits, images).interval == wilson(hits / images, images)


def test_an_interval_over_seeds_is_students() -> None:
    expected = ttest_1samp([0.71, 0.74, 0.72], 0).confidence_interval()
    assert over(0.71, 0.74, 0.72).interval == pytest.approx((expected.low, expected.high))


def test_a_difference_over_seeds_is_welchs() -> None:
    before, after = [0.71, 0.74, 0.72], [0.75, 0.751]
    expected = ttest_ind(after, before, equal_var=False).confidence_interval()
    assert difference(over(*before), over(*after)) == pytest.approx((expected.low, expected.high))


def test_seeds_that_never_differ_leave_no_doubt() -> None:
    assert difference(over(0.5, 0.5), over(0.75, 0.75)) == (0.25, 0.25)


def test_a_difference_of_single_seeds_is_newcombes() -> None:
    """Source: Newcombe 1998, table II, example (a): 56/70 against 48/80."""
    assert difference(single(48, 80), single(56, 70)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_one_single_seed_makes_it_a_matter_of_images() -> None:
    assert difference(single(300, 400), over(0.7, 0.9)) == difference(single(300, 400), single(320, 400))


def test_what_holds_no_difference_is_noise() -> None:
    assert [Interval(*ends).includes_zero for ends in ((-1, 1), (0, 1), (-1, 0), (0.1, 1), (-1, -0.1))] == [True, True, True, False, False]
