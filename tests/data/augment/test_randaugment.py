"""RandAugment's draws, and what torchvision makes of them."""

import math

import pytest
import torch

from lightcnn.data.augment._operations import apply_chain
from lightcnn.data.augment.randaugment import Config, build, sample_chain
from tests.data.augment.theirs import NAMES, differing, theirs
from tests.helpers import drawing, images_of

PAPERS = "Identity AutoContrast Equalize Rotate Solarize Color Posterize Contrast Brightness Sharpness ShearX ShearY TranslateX TranslateY"


@pytest.mark.parametrize("seed", range(3))
def test_the_14_operations_of_the_paper_are_as_likely_in_every_round(seed: int) -> None:
    count = 14_000
    for drawn in sample_chain(count, Config(num_ops=3), drawing(seed)).operations:
        found = dict(zip(NAMES, drawn.bincount(minlength=len(NAMES)).tolist(), strict=True))
        assert {name for name, times in found.items() if times} == set(PAPERS.split())
        # Binomial(14,000, 1/14): six deviations, 14 operations.
        assert max(abs(found[name] - count / 14) for name in PAPERS.split()) < 6 * math.sqrt(count / 14)


def test_rounds_are_independent() -> None:
    first, second = sample_chain(14**2 * 100, Config(), drawing()).operations
    found = torch.bincount(len(NAMES) * first + second)
    assert (found[found > 0] - 100).abs().max() < 6 * math.sqrt(100)
    assert found.count_nonzero() == 14**2


def test_magnitude_10_is_a_third_of_the_way() -> None:
    chain = sample_chain(2000, Config(magnitude=10), drawing())
    found = {NAMES[drawn]: chain.magnitudes[chain.operations == drawn].abs().unique().tolist() for drawn in chain.operations.unique()}
    wanted = {"ShearX": 0.1, "TranslateY": 50 / 331, "Rotate": 10, "Sharpness": 0.3, "Solarize": 170.0}
    assert {name: found[name] for name in wanted} == {name: [pytest.approx(value)] for name, value in wanted.items()}


def test_a_batch_is_what_torchvision_makes_of_each_image() -> None:
    images, config = images_of(200, 3, 32), Config()
    drawn = sample_chain(200, config, drawing(5))
    augmented = build(config)(images, drawing(5))
    assert torch.equal(augmented, apply_chain(images, drawn))
    assert differing(augmented, theirs(images, drawn)) < 0.01
    assert differing(augmented, images) > 0.5
