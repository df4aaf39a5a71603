"""The blueprint convolution against the one dense kernel that it stands for."""

import pytest
import torch
from torch.nn import functional

from lightcnn.models.convs import bsconv
from tests.helpers import floats_of, shaken, size_of
from tests.models.convs.by_hand import normalised


@pytest.mark.parametrize("stride", [1, 2])
def test_is_a_dense_kernel_of_products(stride: int) -> None:
    conv = shaken(bsconv.build(bsconv.Config(), 5, 7, stride))
    feature_map = floats_of(2, 5, 9, 9)
    pointwise, depthwise = conv[0].weight, conv[1].weight
    kernel = pointwise * depthwise  # [out in 1 1] x [out 1 3 3]
    by_hand = normalised(conv, functional.conv2d(feature_map, kernel, None, stride, 1))
    assert torch.allclose(conv(feature_map), by_hand, rtol=1e-4, atol=1e-4)


def test_has_the_documented_count() -> None:
    assert size_of(bsconv.build(bsconv.Config(), 5, 7, 1)) == 5 * 7 + 9 * 7 + 2 * 7
