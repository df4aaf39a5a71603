"""Cifar100v4 against its published counts and the graph written out by hand."""

import pytest
import torch
from torch import Tensor

from lightcnn.core.types import Shape
from lightcnn.models.architectures import cifar100v4
from tests.helpers import floats_of
from tests.models.architectures.cifar100_family import Network, assert_counts, pooled


def test_has_the_published_counts() -> None:
    assert_counts("cifar100v4", 3_235_460, "318.6")


def test_computes_residual_blocks_of_1x1_convolutions_between_plain_ones() -> None:
    net, images = Network("cifar100v4"), floats_of(2, 3, 32, 32)

    def residual(maps: Tensor, place: str) -> Tensor:
        body = net.conv(net.activated(maps, f"{place}.body.0"), f"{place}.body.1")
        return (net.norm(body, f"{place}.body.2") + maps).relu()

    maps = images
    for section in ("section1", "section2"):
        maps = pooled(net.activated(net.activated(maps, f"{section}.0"), f"{section}.1"))
        maps = residual(maps, f"{section}.3")
    maps = pooled(net.activated(net.activated(maps, "section3.0"), "section3.1"))
    assert torch.allclose(net.network(images), net.classified(maps.flatten(1)), rtol=1e-3, atol=1e-3)


def test_refuses_images_that_three_poolings_leave_nothing_of() -> None:
    with pytest.raises(ValueError, match="needs 8"):
        cifar100v4.build(cifar100v4.Config(), Shape(3, 7, 10))
