"""Which images are drawn: all of them once, the classes in turns, and the same for good."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lightcnn.data.sampling import drawn


@given(labels=st.lists(st.integers(0, 6), min_size=1, max_size=80), seed=st.integers(0, 99))
def test_every_image_comes_once_and_classes_take_turns(labels: list[int], seed: int) -> None:
    found = drawn(np.array(labels), seed)
    assert sorted(found.tolist()) == list(range(len(labels)))
    for count in range(1, len(labels) + 1):
        shown, there = (np.bincount(np.array(part), minlength=7) for part in (np.array(labels)[found[:count]], labels))
        assert (shown >= np.minimum(there, shown.max() - 1)).all()


def test_every_image_of_a_class_comes_first_equally_often() -> None:
    labels = np.repeat([0, 1], 10)
    first = np.bincount([drawn(labels, seed)[0] for seed in range(4000)], minlength=20) / 4000
    # Twenty rates of 1/20: five standard deviations are 0.017.
    assert np.abs(first - 1 / 20).max() < 0.017


def test_the_draw_is_the_same_for_good() -> None:
    # The lowest of PCG64(0)'s raw numbers of each class come first; these were sorted by hand.
    keys = np.random.PCG64(0).random_raw(6)
    zeros, ones = sorted((0, 1, 2, 3), key=lambda i: keys[i]), sorted((4, 5), key=lambda i: keys[i])
    wanted = [*sorted((zeros[0], ones[0]), key=lambda i: keys[i]), *sorted((zeros[1], ones[1]), key=lambda i: keys[i]), *zeros[2:]]
    assert drawn(np.array([0, 0, 0, 0, 1, 1])).tolist() == wanted
