"""The variant in circulation against its counts and the graph written out by hand."""

from typing import Literal

import pytest
import torch
from torch import nn
from torch.nn import functional

from lightcnn.core.types import Shape
from lightcnn.models.architectures import dense128
from tests.helpers import floats_of, shaken, size_of

CIFAR = Shape(3, 32, 10)


def branch(padding: Literal["same", "valid"]) -> nn.Sequential:
    return dense128.build(dense128.Config(padding=padding), CIFAR)


@pytest.mark.parametrize(("padding", "side", "published"), [("same", 8, 167_358), ("valid", 6, 95_678)])
def test_has_the_published_count(padding: Literal["same", "valid"], side: int, published: int) -> None:
    by_hand = 10 * (27 + 1) + 20 * (90 + 1) + 128 * (20 * side**2 + 1) + 10 * (128 + 1)
    assert size_of(branch(padding)) == by_hand == published


@pytest.mark.parametrize(("padding", "pixels"), [("same", 1), ("valid", 0)])
def test_computes_convolutions_a_hidden_layer_and_logits(padding: Literal["same", "valid"], pixels: int) -> None:
    network = shaken(branch(padding))
    first, first_bias, second, second_bias, hidden, hidden_bias, head, head_bias = network.parameters()
    images = floats_of(3, 3, 32, 32)
    by_hand = functional.max_pool2d(functional.conv2d(images, first, first_bias, padding=pixels).relu(), 2)
    by_hand = functional.max_pool2d(functional.conv2d(by_hand, second, second_bias, padding=pixels).relu(), 2)
    by_hand = functional.linear(functional.linear(by_hand.flatten(1), hidden, hidden_bias).relu(), head, head_bias)
    assert torch.allclose(network(images), by_hand, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("padding", "least"), [("same", 4), ("valid", 10)])
def test_images_that_pooling_leaves_nothing_of_are_refused(padding: Literal["same", "valid"], least: int) -> None:
    config = dense128.Config(padding=padding)
    assert dense128.build(config, Shape(3, least, 10))(floats_of(1, 3, least, least)).shape == (1, 10)
    with pytest.raises(ValueError, match=f"images of {least - 1} pixels are too small"):
        dense128.build(config, Shape(3, least - 1, 10))


def test_drops_three_tenths_of_the_hidden_layer_in_training_alone() -> None:
    torch.manual_seed(0)
    head = branch("same").head
    hidden = torch.ones(1, 100_000)
    assert head[0].train()(hidden).eq(0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert torch.equal(head[0].eval()(hidden), hidden)
