"""The paper's fusion: trained heads carried over, and the new head written out by hand."""

import math

import pytest
import torch
from torch import Tensor, nn

from lightcnn.core.types import Shape
from lightcnn.models.architectures import enhanced, paper
from lightcnn.models.fusions import concat_mlp
from tests.helpers import floats_of, shaken

SHAPE = Shape(3, 16, 5)
IMAGES = floats_of(4, 3, 16, 16)


def branches(name: str = "paper") -> tuple[nn.Sequential, nn.Sequential]:
    """Two that were trained differently."""
    component = {"paper": paper, "enhanced": enhanced}[name]
    first, second = (component.build(component.Config(), SHAPE) for _ in range(2))
    return shaken(first, 1), shaken(second, 2)


def test_features_are_both_branches_logits_cut_at_zero_side_by_side() -> None:
    first, second = branches()
    fused = concat_mlp.build(concat_mlp.Config(), first, second, 5).eval()
    logits = torch.cat([first(IMAGES), second(IMAGES)], 1)
    assert logits.lt(0).any()
    assert logits.gt(0).any()
    assert torch.allclose(fused.features(IMAGES), logits.clamp(min=0), atol=1e-5)


@pytest.mark.parametrize("name", ["paper", "enhanced"])
def test_both_trained_heads_are_carried_over(name: str) -> None:
    first, second = branches(name)
    wanted = first(IMAGES), second(IMAGES)
    seen: list[Tensor] = []
    fused = concat_mlp.build(concat_mlp.Config(), first, second, 5).eval()
    for branch in (fused.first, fused.second):
        branch.register_forward_hook(lambda _module, _inputs, out: seen.append(out.clone()))
    fused(IMAGES)
    assert all(torch.allclose(found, logits, atol=1e-5) for found, logits in zip(seen, wanted, strict=True))


def test_the_head_is_a_hidden_layer_with_relu_and_logits() -> None:
    fused = shaken(concat_mlp.build(concat_mlp.Config(hidden=6), *branches(), 5), 3)
    inner, inner_bias, outer, outer_bias = fused.head.parameters()
    by_hand = (fused.features(IMAGES) @ inner.T + inner_bias).clamp(min=0) @ outer.T + outer_bias
    assert torch.allclose(fused(IMAGES), by_hand, rtol=1e-5, atol=1e-5)


def test_the_hidden_layer_begins_he_normal_without_bias() -> None:
    torch.manual_seed(0)
    layer = concat_mlp.build(concat_mlp.Config(hidden=4096), *branches(), 5).head.dense
    assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 10), rel=0.03)
    assert not layer.bias.any()


def test_dropout_lies_on_the_hidden_layer_in_training_alone() -> None:
    torch.manual_seed(0)
    head = concat_mlp.build(concat_mlp.Config(hidden=4096, dropout=0.25), *branches(), 5).head
    hidden = torch.ones(20, 4096)
    assert head.dropout(hidden).eq(0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(head.eval().dropout(hidden), hidden)
    assert [name for name, _ in head.named_children()] == ["dense", "relu", "dropout", "logits"]
