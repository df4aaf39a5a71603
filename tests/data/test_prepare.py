"""Held-out images, sizes and statistics against worked examples, NumPy in float64, torch and Pillow's definition."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.errors import UserError
from lightcnn.data.datasets._official import RawData
from lightcnn.data.prepare import prepared, resized, statistics, stratified_counts, stratified_mask
from lightcnn.data.settings import DataConfig


def test_shares_of_a_worked_example() -> None:
    # 10 of 23: 5.217, 3.043, 1.739 -> 5, 3, 1 and the one left over to the largest remainder.
    assert stratified_counts(np.array([12, 7, 4]), 10).tolist() == [5, 3, 2]


def test_of_equal_remainders_the_first_class_is_served() -> None:
    assert stratified_counts(np.array([5, 5, 5, 5]), 6).tolist() == [2, 2, 1, 1]


@given(counts=st.lists(st.integers(1, 10_000), min_size=1, max_size=100), part=st.floats(0, 1))
def test_shares_add_up_and_differ_from_proportion_by_less_than_one(counts: list[int], part: float) -> None:
    size = int(part * sum(counts))
    shares = stratified_counts(np.array(counts), size)
    assert shares.sum() == size
    assert np.abs(shares - size * np.array(counts) / sum(counts)).max() < 1


def labels_of(*counts: int) -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


@given(seed=st.integers(0, 2**64))
def test_each_class_is_held_out_by_its_share(seed: int) -> None:
    labels = labels_of(120, 70, 40)
    assert np.bincount(labels[stratified_mask(labels, 3, 100, seed)]).tolist() == [52, 31, 17]


def test_every_image_is_held_out_equally_often() -> None:
    labels = labels_of(10, 10)
    rate = np.mean([stratified_mask(labels, 2, 8, seed) for seed in range(2000)], axis=0)
    # Each of 20 rates is a mean of 2,000 draws of probability 0.4: five standard deviations are 0.055.
    assert np.abs(rate - 0.4).max() < 0.055


def test_the_draw_is_the_same_for_good() -> None:
    assert np.flatnonzero(stratified_mask(np.arange(30) % 3, 3, 6, seed=7)).tolist() == [4, 6, 10, 20, 23, 24]


@pytest.mark.parametrize(("size", "word"), [(2, "at least 3"), (228, "take less"), (230, "take less"), (1_000_000, "take less")])
def test_a_size_that_leaves_a_class_without_images_is_refused_by_name(size: int, word: str) -> None:
    with pytest.raises(UserError, match=f"^valid_size {size}: .*{word}"):
        stratified_mask(labels_of(120, 70, 40), 3, size, 0)


def test_the_largest_size_leaves_each_class_an_image() -> None:
    labels = labels_of(10, 10, 10)
    assert np.bincount(labels[~stratified_mask(labels, 3, 27, 0)]).tolist() == [1, 1, 1]


def test_a_rare_class_gets_an_image_which_the_commonest_gives_up() -> None:
    # By its share alone the rare class would get 40 * 10 / 1000 = 0.4 of an image.
    labels = labels_of(990, 10)
    held = stratified_mask(labels, 2, 40, 0)
    assert np.bincount(labels[held]).tolist() == [39, 1]


def test_a_class_of_one_image_is_trained_on_and_one_of_two_is_halved() -> None:
    labels = labels_of(50, 1, 2)
    held = stratified_mask(labels, 3, 10, 0)
    assert np.bincount(labels[held], minlength=3).tolist() == [9, 0, 1]


@given(counts=st.lists(st.integers(1, 300), min_size=2, max_size=40), part=st.floats(0, 1), seed=st.integers(0, 99))
def test_every_class_of_two_images_or_more_is_in_both_parts_whatever_their_sizes(counts: list[int], part: float, seed: int) -> None:
    pairs = sum(count > 1 for count in counts)
    size = pairs + int(part * (sum(counts) - len(counts) - pairs))
    labels = np.repeat(np.arange(len(counts)), counts)
    held = stratified_mask(labels, len(counts), size, seed)
    validated, trained = (np.bincount(labels[part], minlength=len(counts)) for part in (held, ~held))
    assert held.sum() == size
    assert all(trained >= 1)
    assert all(validated[np.array(counts) > 1] >= 1)
    assert np.abs(validated - size * np.array(counts) / sum(counts)).max() < len(counts) + 1


def test_a_single_class_is_refused_in_words() -> None:
    alone = Arrays(np.zeros((9, 4, 4, 1), np.uint8), np.zeros(9, np.int64))
    settings = DataConfig.from_plain({"dataset": {"name": "folder"}, "valid_size": 2})
    with pytest.raises(UserError, match=r"^folder: only 1 class \(cat\); at least two are needed"):
        prepared(RawData(alone, alone, ("cat",)), settings)


def test_a_validation_part_that_is_given_is_used_and_not_drawn_beside() -> None:
    train, valid, test = (Arrays(np.full((4, 4, 4, 1), level, np.uint8), labels_of(2, 2)) for level in (10, 20, 30))
    whole = RawData(train, test, ("cat", "dog"), valid)
    settings = {"dataset": {"name": "folder"}, "valid_size": None}
    splits, meta = prepared(whole, DataConfig.from_plain(settings))
    assert {name: int(split.images.max()) for name, split in splits.items()} == {"train": 10, "valid": 20, "test": 30}
    assert (meta.counts, meta.mean) == ({"train": 4, "valid": 4, "test": 4}, (pytest.approx(10 / 255),))
    with pytest.raises(UserError, match=r"^valid_size 2: these images have a validation part of their own; set data\.valid_size to null"):
        prepared(whole, DataConfig.from_plain({**settings, "valid_size": 2}))
    with pytest.raises(UserError, match=r"^valid_size null: these images have no validation part; "):
        prepared(whole._replace(valid=None), DataConfig.from_plain(settings))


def test_two_ways_to_draw_a_validation_part_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"valid_size 2: dataset\.valid_share 0\.1 draws the validation part"):
        DataConfig.from_plain({"dataset": {"name": "folder", "valid_share": 0.1}, "valid_size": 2})


@pytest.mark.parametrize("channels", [1, 3])
def test_statistics_are_those_of_numpy_in_float64(channels: int) -> None:
    images = np.random.default_rng(0).integers(0, 200, (50, 9, 9, channels), dtype=np.uint8)
    mean, std = statistics(images)
    assert mean == pytest.approx((images / 255).mean((0, 1, 2)), rel=1e-12)
    assert std == pytest.approx((images / 255).std((0, 1, 2)), rel=1e-12)


def test_a_channel_that_never_changes_has_deviation_zero() -> None:
    assert statistics(np.full((4, 3, 3, 1), 255, np.uint8)) == ((1.0,), (0.0,))


@pytest.mark.parametrize(("channels", "size"), [(1, 32), (3, 32), (1, 7), (3, 7)])
def test_resizing_is_bilinear_and_averages_where_it_shrinks(channels: int, size: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 12, channels), dtype=np.uint8)
    planes = torch.from_numpy(images).permute(0, 3, 1, 2).double()
    wanted = torch.nn.functional.interpolate(planes, (size, size), mode="bilinear", antialias=True).permute(0, 2, 3, 1).numpy()
    ours = resized(images, size)
    assert ours.dtype == np.uint8
    # Pillow rounds to whole levels after each of its two passes.
    assert np.abs(ours - wanted).max() <= 1.01


@pytest.mark.parametrize("size", [None, 12])
def test_images_of_the_size_wanted_stay_as_they_are(size: int | None) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resized(images, size), images)
