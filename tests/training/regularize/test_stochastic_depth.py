"""Stochastic depth: the rates of the paper, which images skip a block, and what networks it is for."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lightcnn.core import registry
from lightcnn.core.errors import UserError
from lightcnn.core.types import Shape
from lightcnn.models.architectures._block import Block
from lightcnn.training.regularize import stochastic_depth
from lightcnn.training.regularize.stochastic_depth import CONFLICTS, Config
from tests.helpers import floats_of

SHAPE = Shape(1, 4, 3)
IMAGES = 4000


def enhanced(**options: Any) -> nn.Sequential:
    return registry.from_config("architectures", {"name": "enhanced", "widths": [4, 4], "attention": None, **options}).build(SHAPE)


def bodies(model: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """What the body of each block says of every image, and what the block gets to hear, before it goes on in place."""
    said: list[Tensor] = []
    heard: list[Tensor] = []
    for block in model.modules():
        if isinstance(block, Block):
            block.body[-1].register_forward_hook(lambda _, __, out: said.append(out.clone()))
            block.body.register_forward_hook(lambda _, __, out: heard.append(out.clone()))
    model(floats_of(IMAGES, 1, 4, 4))
    return list(zip(said, heard, strict=True))


def test_survival_falls_linearly_to_that_of_the_last_block_in_each_branch() -> None:
    fused = registry.from_config("fusions", {"name": "concat_mlp"}).build(enhanced(), enhanced(), 3)
    for model, rates in ((enhanced(), [0.05, 0.1, 0.15, 0.2]), (fused, [0.05, 0.1, 0.15, 0.2] * 2)):
        stochastic_depth.build(Config(survival_prob=0.8), model)
        for (said, heard), rate in zip(bodies(model), rates, strict=True):
            skipped = heard.flatten(1).eq(0).all(1)
            assert abs(skipped.float().mean().item() - rate) < 5 * (rate * (1 - rate) / IMAGES) ** 0.5
            assert torch.allclose(heard[~skipped], said[~skipped] / (1 - rate))


def test_an_image_that_skips_a_block_goes_through_its_shortcut_alone() -> None:
    model = enhanced(widths=[4], depth=1)
    stochastic_depth.build(Config(survival_prob=0.01), model)
    block, feature_map = model.section1[0], floats_of(50, 4, 4, 4)
    untouched = [torch.equal(out, shortcut) for out, shortcut in zip(block(feature_map), feature_map.relu(), strict=True)]
    assert sum(untouched) > 40


def test_a_body_in_evaluation_mode_always_stays() -> None:
    model = enhanced()
    stochastic_depth.build(Config(survival_prob=0.1), model)
    assert all(torch.equal(said, heard) for said, heard in bodies(model.eval()))


@pytest.mark.parametrize("name", registry.available("architectures"))
def test_it_refuses_the_networks_that_it_says_it_clashes_with_and_no_others(name: str) -> None:
    network = registry.from_config("architectures", {"name": name}).build(Shape(3, 16, 10))
    if CONFLICTS.keys() & registry.traits("architectures", name):
        with pytest.raises(UserError, match=r"^regularize: .* residual blocks"):
            stochastic_depth.build(Config(), network)
    else:
        stochastic_depth.build(Config(), network)


def test_it_refuses_blocks_without_a_shortcut() -> None:
    with pytest.raises(UserError, match="set residual: true"):
        stochastic_depth.build(Config(), enhanced(residual=False))
