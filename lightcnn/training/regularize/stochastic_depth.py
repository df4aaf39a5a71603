"""Stochastic depth: train with some residual blocks skipped, the later the more often.

id         C3
source     Huang et al. 2016, arXiv:1603.09382, section 3: survival decays linearly with depth
differs    drawn for each image instead of the batch; a body that stays is scaled up in training, instead of all down in evaluation;
           the last block survives more often than their 0.5, since networks this small underfit
cost       one product a block
example    survival_prob: 0.8
requires   architecture: {name: enhanced, residual: true}
conflicts  architectures without residual blocks; and enhanced with residual: false, which is refused when training begins
"""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from torch import Tensor, nn
from torchvision.ops import stochastic_depth

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.models.architectures._block import Block
from lightcnn.models.fusions._fused import branches_of
from lightcnn.training.regularize._hooks import no_schedule
from lightcnn.training.types import Regularizer

CONFLICTS = {"no_residual_blocks": "it has no residual blocks that this component knows how to skip"}


class Config(StrictModel):
    """`survival_prob` is the share of images for which the last block is not skipped."""

    survival_prob: float = Field(0.8, gt=0, lt=1)


def build(config: Config, model: nn.Module) -> Regularizer:
    """Have the bodies of the residual blocks of `model` dropped, counted through each branch by itself where two are joined.

    Raises:
        UserError: where it has no such block.
    """
    stacks = [[block for block in branch.modules() if isinstance(block, Block) and block.residual] for branch in branches_of(model)]
    if not any(stacks):
        raise UserError(
            "regularize: stochastic_depth skips residual blocks, and this network has none; leave it out, or set residual: true"
        )
    for blocks in stacks:
        for depth, block in enumerate(blocks, 1):
            block.body.register_forward_hook(dropping((1 - config.survival_prob) * depth / len(blocks)))
    return no_schedule


def dropping(rate: float) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    """A hook that, in training, zeroes a module's output for a share `rate` of the images."""
    return lambda body, _, feature_map: stochastic_depth(feature_map, rate, "row", body.training)
