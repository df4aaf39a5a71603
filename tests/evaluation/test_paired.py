"""Differences of pairs: against scipy, and against published examples."""

import numpy as np
import pytest
from scipy.stats import t, ttest_rel

from lightcnn.evaluation.paired import Deviation, ImagePairs, OneNetwork, SeedPairs, holm, pooled

OURS, THEIRS = [0.871, 0.869, 0.876, 0.874, 0.872], [0.866, 0.868, 0.869, 0.871, 0.865]
DIFFERENCES = tuple(np.subtract(OURS, THEIRS))


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_from_five_seeds_on_it_is_scipys_paired_t_test(level: float) -> None:
    pairs, found = SeedPairs(DIFFERENCES, Deviation(1.0, 1)), ttest_rel(OURS, THEIRS)
    assert pairs.p == pytest.approx(found.pvalue)
    assert pairs.interval(level) == pytest.approx(tuple(found.confidence_interval(1 - level)))


def test_of_fewer_seeds_the_common_deviation_counts() -> None:
    pairs = SeedPairs(DIFFERENCES[:3], Deviation(0.004, 7))
    half = t.ppf(0.975, 7) * 0.004 / 3**0.5
    mean = np.mean(DIFFERENCES[:3])
    assert pairs.interval(0.05) == pytest.approx((mean - half, mean + half))
    assert pairs.p == pytest.approx(2 * t.sf(mean * 3**0.5 / 0.004, 7))


def test_the_common_deviation_weighs_groups_by_their_degrees_of_freedom() -> None:
    # 1, 3: variance 2, one degree; 0, 3, 6: variance 9, two degrees; together 20 / 3. A single value says nothing.
    assert pooled([[1.0, 3.0], [0.0, 3.0, 6.0], [5.0]]) == pytest.approx(((20 / 3) ** 0.5, 3))
    assert pooled([[5.0], []]) is None


def test_without_any_deviation_only_no_difference_is_likely() -> None:
    assert SeedPairs((0.0, 0.0), Deviation(0.0, 2)).p == 1
    assert SeedPairs((0.1, 0.1), Deviation(0.0, 2)).p == 0


def test_pairs_of_images_are_those_of_a_published_example() -> None:
    # Cavo et al. 2012, as in Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables, chapter 8.
    pairs = ImagePairs(59, 6, 16, 80)
    assert pairs.mean == pytest.approx(-0.0621, abs=5e-5)
    assert pairs.interval(0.05) == pytest.approx((-0.1186, -0.0046), abs=5e-5)


def test_pairs_of_images_are_counted() -> None:
    right = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 1, 0]], bool)
    assert ImagePairs.of(*right) == (2, 1, 2, 1)


@pytest.mark.parametrize(
    "pairs",
    [
        *(ImagePairs(59, 6, 16, 80), ImagePairs(8400, 300, 250, 1050), ImagePairs(10, 0, 0, 0), ImagePairs(5, 90, 0, 5)),
        *(OneNetwork(8900, 10000, 0.885), OneNetwork(8900, 10000, 0.92), OneNetwork(8900, 10000, 0.89)),
    ],
)
def test_the_p_of_images_is_the_level_at_which_the_interval_ends_at_nothing(pairs: ImagePairs | OneNetwork) -> None:
    for level in (0.2, 0.05, 0.01, 0.001):
        assert pairs.interval(level).includes_zero == (pairs.p >= level)


def test_holm_is_the_worked_example() -> None:
    # Four tests at 0.05: 0.0125, then 0.05 / 3, which 0.03 fails, so that the level stays there.
    assert holm([0.03, 0.004, 0.9, 0.04]) == pytest.approx([0.05 / 3, 0.0125, 0.05 / 3, 0.05 / 3])
    assert holm([0.03, 0.004, 0.012]) == pytest.approx([0.05, 0.05 / 3, 0.025])
    assert holm([]) == []
