"""Squeeze-and-excitation against timm's."""

import pytest
import torch
from pydantic import ValidationError
from timm.layers import SqueezeExcite

from lightcnn.models.attention import se
from tests.helpers import floats_of, shaken, size_of


def test_says_what_timm_says_with_the_same_weights() -> None:
    ours, theirs = se.build(se.Config(hidden=5), 12), SqueezeExcite(12, rd_channels=5)
    shaken(ours)
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        yours.data.copy_(mine.data)
    feature_map = floats_of(3, 12, 7, 5)
    assert torch.allclose(ours(feature_map), theirs(feature_map), atol=1e-6)


def test_has_the_documented_count() -> None:
    assert size_of(se.build(se.Config(hidden=5), 12)) == 2 * 12 * 5 + 12 + 5


def test_a_degenerate_bottleneck_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 4"):
        se.Config(hidden=3)
