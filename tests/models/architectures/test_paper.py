"""The paper's network against published counts and the graph written out by hand."""

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from lightcnn.core.types import Shape
from lightcnn.models.architectures import paper
from lightcnn.models.fusions import concat_mlp
from tests.helpers import floats_of, shaken, size_of

MNIST, CIFAR = Shape(1, 28, 10), Shape(3, 32, 10)


def branch(shape: Shape, **options: Any) -> nn.Sequential:
    return paper.build(paper.Config(**options), shape)


def keras_convolution(channels_in: int, channels_out: int) -> int:
    return channels_out * (3 * 3 * channels_in + 1)


def keras_dense(inputs: int, units: int) -> int:
    return units * (inputs + 1)


@pytest.mark.parametrize(("shape", "side", "one"), [(MNIST, 5, 6_930), (CIFAR, 6, 9_310)])
def test_a_branch_has_the_published_count(shape: Shape, side: int, one: int) -> None:
    by_hand = keras_convolution(shape.channels, 10) + keras_convolution(10, 20) + keras_dense(20 * side**2, 10)
    assert size_of(branch(shape)) == by_hand == one


@pytest.mark.parametrize(("shape", "pair", "fused"), [(MNIST, 13_860, 14_862), (CIFAR, 18_620, 19_622)])
def test_a_pair_and_its_fusion_have_the_published_counts(shape: Shape, pair: int, fused: int) -> None:
    first, second = branch(shape), branch(shape)
    assert size_of(first) + size_of(second) == pair
    assert size_of(concat_mlp.build(concat_mlp.Config(), first, second, 10)) == pair + keras_dense(20, 32) + keras_dense(32, 10) == fused


@pytest.mark.parametrize("shape", [MNIST, CIFAR])
def test_computes_the_papers_graph(shape: Shape) -> None:
    network = shaken(branch(shape))
    first, first_bias, second, second_bias, dense_weight, dense_bias = network.parameters()
    images = floats_of(3, shape.channels, shape.size, shape.size)
    by_hand = functional.max_pool2d(functional.conv2d(images, first, first_bias).relu(), 2)
    by_hand = functional.max_pool2d(functional.conv2d(by_hand, second, second_bias).relu(), 2)
    by_hand = functional.linear(by_hand.flatten(1), dense_weight, dense_bias)
    assert torch.allclose(network(images), by_hand, rtol=1e-5, atol=1e-5)


def test_begins_with_he_normal_kernels_a_glorot_uniform_head_and_no_biases() -> None:
    torch.manual_seed(0)
    first, first_bias, second, second_bias, head, head_bias = branch(CIFAR, channels=(512, 64)).parameters()
    assert first.std().item() == pytest.approx(math.sqrt(2 / 27), rel=0.03)
    assert second.std().item() == pytest.approx(math.sqrt(2 / (9 * 512)), rel=0.03)
    limit = math.sqrt(6 / (64 * 36 + 10))
    assert head.abs().max().item() == pytest.approx(limit, rel=1e-3)
    assert head.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.03)
    assert not any(bias.any() for bias in (first_bias, second_bias, head_bias))


def test_ten_pixels_are_the_least_that_it_takes() -> None:
    assert branch(Shape(1, 10, 3))(floats_of(2, 1, 10, 10)).shape == (2, 3)
    with pytest.raises(ValueError, match="9 pixels are too small"):
        branch(Shape(1, 9, 3))
