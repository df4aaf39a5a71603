"""The plain convolution."""

import pytest
import torch
from torch.nn import functional

from lightcnn.models.convs import standard
from tests.helpers import floats_of, shaken, size_of
from tests.models.convs.by_hand import normalised


@pytest.mark.parametrize("stride", [1, 2])
def test_is_a_3x3_kernel_and_batch_norm(stride: int) -> None:
    conv = shaken(standard.build(standard.Config(), 5, 7, stride))
    feature_map = floats_of(2, 5, 9, 9)
    assert torch.allclose(conv(feature_map), normalised(conv, functional.conv2d(feature_map, conv[0].weight, None, stride, 1)), atol=1e-5)


def test_has_the_documented_count() -> None:
    assert size_of(standard.build(standard.Config(), 5, 7, 1)) == 9 * 5 * 7 + 2 * 7
