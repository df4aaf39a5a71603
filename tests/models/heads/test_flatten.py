"""A dense head on the whole map."""

import torch

from lightcnn.models.heads import flatten
from tests.helpers import floats_of, shaken, size_of


def test_logits_are_a_weighted_sum_over_channels_rows_and_columns() -> None:
    head = shaken(flatten.build(flatten.Config(), 6, 5, 4))
    feature_map = floats_of(3, 6, 5, 5)
    weight, bias = head.parameters()
    assert torch.allclose(head(feature_map), torch.einsum("bchw,kchw->bk", feature_map, weight.view(4, 6, 5, 5)) + bias, atol=1e-5)


def test_has_the_documented_count() -> None:
    assert size_of(flatten.build(flatten.Config(), 6, 5, 4)) == 6 * 25 * 4 + 4
