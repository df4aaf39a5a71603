"""The draw of test and validation images: by content alone."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightcnn.data.image_folder.layouts import Sample
from lightcnn.data.image_folder.splitting import Draw, held_out, with_parts
from lightcnn.prediction.listing import ImageFile

TEST = Draw("test", 0.2, 0, 2)
CLASSES = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.integers(0, 10_000), min_size=3, max_size=60), min_size=2)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def samples(classes: dict[str, list[int]], split: str = "train") -> tuple[list[Sample], list[str]]:
    """An image for each number, which is its content."""
    pairs = [(name, number) for name, numbers in classes.items() for number in numbers]
    file = ImageFile(Path("x"), (0, 0), False)
    return [Sample(file, split, name, f"{name}/{number}") for name, number in pairs], [digest(number) for _, number in pairs]


def test_as_worked_by_hand() -> None:
    # Of 16 digits, the first: 0.1f... lies below a fifth, 0.33... does not; b has none below, so its lowest goes.
    contents = {
        "a": {"1f" + "0" * 62, "5" + "0" * 63, "a" + "0" * 63, "f" + "0" * 63},
        "b": {"9" + "0" * 63, "4" + "0" * 63, "e" + "0" * 63},
    }
    assert held_out(contents, TEST) == {"1f" + "0" * 62, "4" + "0" * 63}


@given(CLASSES)
def test_every_class_is_in_all_parts_where_it_has_three_images_of_its_own(classes: dict[str, set[int]]) -> None:
    own = {name: [2 * number * 1_000 + ord(name) for number in numbers] for name, numbers in classes.items()}
    found, digests = samples(own)
    drawn = with_parts(found, digests, 0.2, 0.125)
    assert {(sample.split, sample.name) for sample in drawn} == {(split, name) for split in ("train", "valid", "test") for name in own}


@given(CLASSES, st.integers(1, 4))
def test_copies_stand_in_one_part_whatever_their_class(classes: dict[str, set[int]], times: int) -> None:
    found, digests = samples({name: sorted(numbers) * times for name, numbers in classes.items()})
    drawn = with_parts(found, digests, 0.2, 0.125)
    parts = {(content, sample.split) for sample, content in zip(drawn, digests, strict=True)}
    assert len(parts) == len(set(digests))


def test_a_new_image_moves_no_other_and_names_do_not_matter() -> None:
    before, digests = samples({"a": list(range(500)), "b": list(range(500, 1000))})
    more, more_digests = samples({"z": list(range(1000))[::-1], "new": list(range(1000, 1300))})
    first = dict(zip(digests, (sample.split for sample in with_parts(before, digests, 0.2, 0.125)), strict=True))
    second = dict(zip(more_digests, (sample.split for sample in with_parts(more, more_digests, 0.2, 0.125)), strict=True))
    assert first.items() <= second.items()


def test_shares_are_those_asked_for() -> None:
    found, digests = samples({"a": list(range(20_000))})
    counts = Counter(sample.split for sample in with_parts(found, digests, 0.2, 0.125))
    # Of 20,000, four standard deviations: 226 of the test part, 187 of validation.
    assert counts["test"] == pytest.approx(4_000, abs=226)
    assert counts["valid"] == pytest.approx(2_000, abs=187)


def test_parts_that_are_given_stay_and_a_share_of_nothing_draws_none() -> None:
    (train, one), (test, two) = samples({"a": list(range(50))}), samples({"a": list(range(50, 60))}, "test")
    drawn = with_parts(train + test, one + two, 0.2, 0.125)
    assert [sample.split for sample in drawn[50:]] == ["test"] * 10
    assert {sample.split for sample in drawn[:50]} == {"train", "valid"}
    assert {sample.split for sample in with_parts(train, one, 0.2, 0.0)} == {"train", "test"}
