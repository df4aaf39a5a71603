"""Cifar100v1 against its published counts and the graph written out by hand."""

import pytest
import torch

from lightcnn.core.types import Shape
from lightcnn.models.architectures import cifar100v1
from lightcnn.profiling.cost import count_macs
from tests.helpers import floats_of
from tests.models.architectures.cifar100_family import SHAPE, Network, assert_counts, pooled


def test_has_the_published_counts() -> None:
    assert_counts("cifar100v1", 7_856_868, "1516.8")


def test_computes_six_convolutions_and_a_dense_layer() -> None:
    net, images = Network("cifar100v1"), floats_of(2, 3, 32, 32)
    maps = net.activated(net.activated(images, "section1.0"), "section1.1")
    maps = net.activated(pooled(net.activated(maps, "section2.0")), "section2.2")
    maps = pooled(net.activated(net.activated(maps, "section3.0"), "section3.1"))
    assert torch.allclose(net.network(images), net.classified(maps.flatten(1)), rtol=1e-3, atol=1e-3)


def test_a_quarter_of_the_width_is_a_quarter_of_the_channels() -> None:
    network = cifar100v1.build(cifar100v1.Config(width=0.25), SHAPE)
    convolutions = [layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [32, 32, 64, 64, 128, 128]
    assert count_macs(network, SHAPE) / 1e6 == pytest.approx(1516.8 / 16, rel=0.02)


def test_images_of_another_size_fit() -> None:
    assert cifar100v1.build(cifar100v1.Config(width=0.1), Shape(1, 30, 7))(floats_of(2, 1, 30, 30)).shape == (2, 7)
