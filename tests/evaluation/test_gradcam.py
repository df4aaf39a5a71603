"""Grad-CAM against its formula, worked out for a network in which the gradient is known."""

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import nn

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize, as_maps
from lightcnn.evaluation.gradcam import grad_cams, last_maps
from tests.helpers import images_of, shaken

NORMALISE = Normalize((0.5, 0.4, 0.3), (0.25, 0.25, 0.25))


def tiny() -> nn.Sequential:
    """A map of four channels, its mean, and a dense layer."""
    trunk = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU())
    return nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()


def test_is_the_map_weighted_by_the_classs_own_weights() -> None:
    # After a mean the gradient of a logit is the weight of the dense layer, the same everywhere.
    network, images = shaken(tiny()), images_of(5, 3, 9).permute(0, 2, 3, 1)
    classes = torch.tensor([0, 1, 2, 1, 0])
    maps = network[0](NORMALISE(as_maps(images)))
    heat = torch.einsum("nchw,nc->nhw", maps, network[3].weight[classes]).relu().detach()
    assert heat.amax((1, 2)).min() > 0
    expected = 255 * heat / heat.amax((1, 2), keepdim=True)
    np.testing.assert_allclose(grad_cams(network, NORMALISE, images, classes), expected, atol=0.51)


def test_where_nothing_speaks_for_a_class_the_map_is_dark() -> None:
    network = tiny()
    nn.init.constant_(network[3].weight, -1)
    assert not grad_cams(network, NORMALISE, images_of(2, 3, 9).permute(0, 2, 3, 1), torch.tensor([0, 1])).any()


@pytest.mark.parametrize(("name", "last"), [("paper", "conv2"), ("enhanced", "section3"), ("resnet8", "block3"), ("dense128", "conv2")])
def test_the_last_map_of_each_branch_is_looked_at(name: str, last: str) -> None:
    shape, component = Shape(3, 32, 10), registry.from_config("architectures", {"name": name})
    network = component.build(shape)
    image = torch.zeros(1, 3, 32, 32)
    assert last_maps(network, image) == [network.get_submodule(last)]
    fused = registry.from_config("fusions", {"name": "concat_mlp"}).build(network, component.build(shape), 10)
    assert last_maps(fused, image) == [fused.get_submodule(f"{branch}.{last}") for branch in ("first", "second")]


def test_both_branches_of_a_fusion_are_heard() -> None:
    shape, component = Shape(3, 32, 10), registry.from_config("architectures", {"name": "paper"})
    fused = shaken(registry.from_config("fusions", {"name": "concat_mlp"}).build(component.build(shape), component.build(shape), 10))
    images, classes = images_of(3, 3, 32).permute(0, 2, 3, 1), torch.tensor([1, 2, 3])
    inputs = NORMALISE(as_maps(images))
    parts = [LayerGradCam(fused, fused.get_submodule(f"{branch}.conv2")).attribute(inputs, classes) for branch in ("first", "second")]
    heat = sum(part.relu() for part in parts)[:, 0].detach()
    expected = 255 * heat / heat.amax((1, 2), keepdim=True).clamp_min(1e-30)
    np.testing.assert_allclose(grad_cams(fused, NORMALISE, images, classes), expected, atol=0.51)
