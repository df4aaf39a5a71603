"""AutoAugment's policy against torchvision's, and how often each of its steps is drawn."""

import math
from collections import Counter

import pytest
from torchvision.transforms import v2

from lightcnn.data.augment.autoaugment import POLICY, Config, build, sample_chain
from tests.data.augment.theirs import NAMES, differing, theirs
from tests.helpers import drawing, images_of

POLICIES = v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10)._policies
SPACE = v2.AutoAugment._AUGMENTATION_SPACE


def test_the_policy_is_torchvisions() -> None:
    assert [[(name, chance, level or 0) for name, chance, level in pair] for pair in POLICIES] == [list(pair) for pair in POLICY]


@pytest.mark.parametrize("step", [0, 1])
def test_each_operation_is_as_frequent_as_the_policy_says(step: int) -> None:
    count = 100_000
    rates: Counter[str] = Counter()
    for pair in POLICIES:
        name, chance, _ = pair[step]
        rates[name] += chance / 25
        rates["Identity"] += (1 - chance) / 25
    found = sample_chain(count, drawing()).operations[step].bincount(minlength=len(NAMES)).tolist()
    for name, times in zip(NAMES, found, strict=True):
        assert abs(times - count * rates[name]) <= 6 * math.sqrt(count * rates[name] * (1 - rates[name])) + 1e-6


def test_both_steps_are_of_one_pair() -> None:
    drawn = {(NAMES[first], NAMES[second]) for first, second in sample_chain(50_000, drawing()).operations.T.tolist()}
    assert {pair for pair in drawn if "Identity" not in pair} == {(one[0], two[0]) for one, two in POLICIES if one[1] * two[1]}


def known(name: str, level: int | None) -> set[tuple[str, float]]:
    """An operation with torchvision's magnitude in our units, either way if it has two."""
    scale, signed = SPACE[name]
    unit = {"Solarize": 255, "TranslateX": 1 / 32, "TranslateY": 1 / 32}.get(name, 1)
    value = round(unit * float(scale(10, 32, 32)[level]), 4) if level is not None else 0.0
    return {(name, value), (name, -value if signed else value)}


def test_each_magnitude_is_one_of_the_policys_either_way() -> None:
    chain = sample_chain(50_000, drawing())
    drawn = {(NAMES[place], round(value, 4)) for place, value in zip(*(part.flatten().tolist() for part in chain), strict=True)}
    found = {(name, round(value) if name == "Posterize" else value) for name, value in drawn if name != "Identity"}
    assert found == set.union(*(known(name, level) for pair in POLICIES for name, chance, level in pair if chance))


def test_a_batch_is_what_torchvision_makes_of_each_image() -> None:
    images, drawn = images_of(300, 3, 32), sample_chain(300, drawing(5))
    augmented = build(Config())(images, drawing(5))
    assert differing(augmented, theirs(images, drawn)) < 0.01
    assert differing(augmented, images) > 0.3
