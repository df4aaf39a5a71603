"""Cifar100v3 against its published counts and the graph written out by hand."""

import pytest
import torch

from lightcnn.core.types import Shape
from lightcnn.models.architectures import cifar100v3
from lightcnn.profiling.layers import layers_of
from tests.helpers import floats_of
from tests.models.architectures.cifar100_family import SHAPE, Network, assert_counts, pooled


def test_has_the_published_counts() -> None:
    assert_counts("cifar100v3", 2_847_476, "53.8")


def test_computes_fire_modules_with_bypasses_and_projections() -> None:
    net, images = Network("cifar100v3"), floats_of(2, 3, 32, 32)
    maps = pooled(net.activated(images, "stem.0"))
    maps = net.fire(maps, "section1.0.body") + maps
    maps = net.fire(maps, "section1.1.body") + net.conv(maps, "section1.1.projection")
    maps = pooled(net.fire(maps, "section1.2"))
    maps = net.fire(maps, "section2.0.body") + net.conv(maps, "section2.0.projection")
    maps = pooled(net.fire(maps, "section2.1"))
    maps = net.fire(maps, "section3.0.body") + net.conv(maps, "section3.0.projection")
    maps = net.activated(net.conv(maps, "section3.2"), "section3.3")
    assert torch.allclose(net.network(images), net.classified(maps.mean((2, 3))), rtol=1e-3, atol=1e-3)


def test_a_fire_module_of_91_744_parameters_is_built_and_never_runs() -> None:
    layers = layers_of(cifar100v3.build(cifar100v3.Config(), SHAPE), SHAPE)
    assert sum(layer.parameters for layer in layers if not layer.shape) == 91_744


def test_refuses_images_that_three_poolings_leave_nothing_of() -> None:
    with pytest.raises(ValueError, match="needs 8"):
        cifar100v3.build(cifar100v3.Config(), Shape(3, 7, 10))
