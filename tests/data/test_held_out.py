"""When validation is too small to choose an epoch by."""

import numpy as np
import pytest

from lightcnn.data.held_out import standard_error, warning


def test_the_standard_error_is_that_of_many_draws() -> None:
    draws = np.random.default_rng(0).binomial(300, 0.9, 100_000) / 300
    assert standard_error(300, 0.9) == pytest.approx(draws.std(), rel=0.02)


@pytest.mark.parametrize(("images", "top1", "is_small"), [(399, 0.9, True), (400, 0.9, False), (1111, 0.5, True), (1112, 0.5, False)])
def test_the_limit_is_a_point_and_a_half(images: int, top1: float, is_small: bool) -> None:
    assert (warning(images, top1) is not None) == is_small


def test_it_says_how_few_and_how_uncertain() -> None:
    assert (warning(100) or "").startswith(
        "100 validation images are few: at 90% right, a score has a standard error of 3.0 points (over 1.5)"
    )
