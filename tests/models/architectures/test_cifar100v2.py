"""Cifar100v2 against its published counts and the graph written out by hand."""

import pytest
import torch

from lightcnn.core.types import Shape
from lightcnn.models.architectures import cifar100v2
from tests.helpers import floats_of
from tests.models.architectures.cifar100_family import Network, assert_counts, pooled


def test_has_the_published_counts() -> None:
    assert_counts("cifar100v2", 1_283_684, "85.8")


def test_computes_four_fire_modules_between_two_convolutions() -> None:
    net, images = Network("cifar100v2"), floats_of(2, 3, 32, 32)
    maps = pooled(net.activated(images, "stem.0"))
    for number in range(3):
        maps = net.fire(maps, f"section1.{number}")
    maps = pooled(net.activated(net.fire(pooled(maps), "section2.0"), "section2.1"))
    assert torch.allclose(net.network(images), net.classified(maps.mean((2, 3))), rtol=1e-3, atol=1e-3)


def test_refuses_images_that_three_poolings_leave_nothing_of() -> None:
    with pytest.raises(ValueError, match="needs 8"):
        cifar100v2.build(cifar100v2.Config(), Shape(3, 7, 10))
