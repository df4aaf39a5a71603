"""Global average pooling and a 1x1 layer."""

import torch
from torch.nn import functional

from lightcnn.models.heads import gap
from tests.helpers import floats_of, shaken, size_of


def test_logits_are_the_mean_of_a_1x1_convolution_over_the_map() -> None:
    head = shaken(gap.build(gap.Config(), 6, 5, 4))
    feature_map = floats_of(3, 6, 5, 5)
    weight, bias = head.parameters()
    assert torch.allclose(head(feature_map), functional.conv2d(feature_map, weight, bias).mean((2, 3)), atol=1e-6)


def test_has_the_documented_count() -> None:
    assert size_of(gap.build(gap.Config(), 6, 5, 4)) == 6 * 4 + 4
