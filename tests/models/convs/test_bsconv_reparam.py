"""The wide convolution: against timm's MobileOne, its layers run one by one, and itself folded."""

import pytest
import torch
from timm.models.byobnet import MobileOneBlock
from torch import Tensor, nn
from torch.nn import functional

from lightcnn.models.convs import bsconv, bsconv_reparam
from tests.helpers import floats_of, shaken, size_of


def conv(stride: int = 1, channels_in: int = 5, channels_out: int = 7, **options: int) -> bsconv_reparam.Wide:
    return bsconv_reparam.build(bsconv_reparam.Config(**options), channels_in, channels_out, stride)


def trained(layer: nn.Module, shape: tuple[int, ...]) -> nn.Module:
    """A layer after some steps, whose BatchNorms have seen something."""
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for seed in range(5):
        optimizer.zero_grad()
        (layer.train()(2 * floats_of(*shape, seed=seed) + 1) - 1).square().mean().backward()
        optimizer.step()
    return layer.eval()


def assert_close(one: Tensor, two: Tensor) -> None:
    torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", ["shaken", "trained"])
@pytest.mark.parametrize(("stride", "side"), [(1, 9), (2, 9), (2, 8)])
def test_folded_it_says_the_same(stride: int, side: int, how: str) -> None:
    layer = shaken(conv(stride)) if how == "shaken" else trained(conv(stride), (8, 5, side, side))
    feature_map = floats_of(4, 5, side, side)
    assert_close(layer.reparameterized()(feature_map), layer(feature_map))


def test_folded_it_is_a_blueprint_convolution_with_a_bias_for_its_batch_norm() -> None:
    for options in ({}, {"branches": 1, "expansion": 1}, {"branches": 5, "expansion": 8}):
        small, plain = conv(2, **options).eval().reparameterized(), bsconv.build(bsconv.Config(), 5, 7, 2)
        assert [str(layer).replace(", bias=False", "") for layer in small] == [
            str(layer).replace(", bias=False", "") for layer in plain[:2]
        ]
        assert size_of(small) == size_of(plain[:2]) + 7 == 5 * 7 + 10 * 7


def test_has_the_documented_count_in_training() -> None:
    assert size_of(conv(branches=3, expansion=4)) == 4 * 7 * (5 + 7) + (11 * 3 + 2) * 7


@pytest.mark.parametrize("training", [False, True])
def test_is_its_layers_one_after_another_with_the_same_gradients(training: bool) -> None:
    layer, feature_map = shaken(conv(2, branches=2)).train(training), floats_of(4, 5, 9, 9)
    weights = list(layer.parameters())
    wanted = functional.conv2d(functional.conv2d(feature_map, layer.expand.weight[..., None, None]), layer.contract.weight[..., None, None])
    wanted = layer.branches[0](wanted) + layer.branches[1](wanted) + layer.identity(wanted[:, :, ::2, ::2])
    out = layer(feature_map)
    assert_close(out, wanted)
    target = floats_of(*out.shape)
    pairs = zip(*(torch.autograd.grad((found * target).sum(), weights) for found in (out, wanted)), strict=True)
    assert all(torch.allclose(one, two, rtol=1e-3, atol=1e-4) for one, two in pairs)


def mobile_one(layer: bsconv_reparam.Wide, channels: int) -> MobileOneBlock:
    """timm's depthwise block with the weights of `layer`, and with its 1x1 branch silenced."""
    block = MobileOneBlock(channels, channels, 3, group_size=1, num_conv_branches=len(layer.branches))
    for theirs, ours in zip((*block.conv_kxk, block.identity), (*layer.branches, layer.identity), strict=True):
        theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    nn.init.zeros_(block.conv_scale.bn.weight)
    return block


@pytest.mark.parametrize("training", [False, True])
def test_with_an_idle_pointwise_part_it_is_timms_mobile_one(training: bool) -> None:
    layer = shaken(conv(1, 6, 6, expansion=1)).train(training)
    for linear in (layer.expand, layer.contract):
        nn.init.eye_(linear.weight)
    feature_map = floats_of(4, 6, 9, 9)
    assert_close(layer(feature_map).relu(), mobile_one(layer, 6).train(training)(feature_map))


def test_the_folded_kernel_is_timms() -> None:
    layer = shaken(conv(1, 6, 6))
    block = mobile_one(layer, 6).eval()
    block.reparameterize()
    assert_close(layer.reparameterized()[1].weight, block.reparam_conv.weight)
    assert_close(layer.reparameterized()[1].bias, block.reparam_conv.bias)


def test_folding_leaves_the_layer_and_the_global_random_state_alone() -> None:
    layer = shaken(conv())
    before, random = {key: value.clone() for key, value in layer.state_dict().items()}, torch.get_rng_state()
    layer.reparameterized()
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[key]) for key, value in layer.state_dict().items())


@pytest.mark.parametrize("stride", [1, 2])
def test_keeps_the_memory_layout(stride: int) -> None:
    layer, feature_map = conv(stride).to(memory_format=torch.channels_last), floats_of(2, 5, 8, 8).to(memory_format=torch.channels_last)
    assert layer(feature_map).is_contiguous(memory_format=torch.channels_last)
