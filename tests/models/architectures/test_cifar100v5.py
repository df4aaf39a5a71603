"""Cifar100v5 against its published counts and the graph written out by hand."""

import pytest
import torch

from lightcnn.core.types import Shape
from lightcnn.models.architectures import cifar100v5
from tests.helpers import floats_of
from tests.models.architectures.cifar100_family import Network, assert_counts, pooled


def test_has_the_published_counts() -> None:
    assert_counts("cifar100v5", 3_657_440, "432.4")


def test_computes_a_fire_module_between_each_pair_of_convolutions_and_no_shortcut() -> None:
    net, images = Network("cifar100v5"), floats_of(2, 3, 32, 32)
    maps = images
    for section in ("section1", "section2", "section3"):
        maps = net.activated(maps, f"{section}.0")
        maps = pooled(net.activated(net.fire(maps, f"{section}.1"), f"{section}.2"))
    assert torch.allclose(net.network(images), net.classified(maps.mean((2, 3))), rtol=1e-3, atol=1e-3)


def test_refuses_images_that_three_poolings_leave_nothing_of() -> None:
    with pytest.raises(ValueError, match="needs 8"):
        cifar100v5.build(cifar100v5.Config(), Shape(3, 7, 10))
