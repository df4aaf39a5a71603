"""The separable convolution against the one dense kernel that it stands for."""

import pytest
import torch
from torch.nn import functional

from lightcnn.models.convs import depthwise_separable
from tests.helpers import floats_of, shaken, size_of
from tests.models.convs.by_hand import normalised


@pytest.mark.parametrize("stride", [1, 2])
def test_is_a_dense_kernel_of_products(stride: int) -> None:
    conv = shaken(depthwise_separable.build(depthwise_separable.Config(), 5, 7, stride))
    feature_map = floats_of(2, 5, 9, 9)
    depthwise, pointwise = conv[0].weight, conv[1].weight
    kernel = pointwise * depthwise.transpose(0, 1)  # [out in 1 1] x [1 in 3 3]
    by_hand = normalised(conv, functional.conv2d(feature_map, kernel, None, stride, 1))
    assert torch.allclose(conv(feature_map), by_hand, rtol=1e-4, atol=1e-4)


def test_has_the_documented_count() -> None:
    assert size_of(depthwise_separable.build(depthwise_separable.Config(), 5, 7, 1)) == 9 * 5 + 5 * 7 + 2 * 7
