"""NAdam: Adam with Nesterov momentum, the paper's optimizer of stage 1.

source     Dozat 2016; torch.optim.NAdam
differs    nothing
cost       two numbers of state a parameter; not fused in torch
example    lr: 1e-3
conflicts  nothing
"""

from pydantic import Field
from torch import nn
from torch.optim import NAdam

from lightcnn.core.config import StrictModel
from lightcnn.training.optim._param_groups import param_groups_weight_decay


class Config(StrictModel):
    """`lr` is the peak rate, which the schedule scales."""

    lr: float = Field(1e-3, gt=0, le=10)
    weight_decay: float = Field(0.0, ge=0, le=10)


def build(config: Config, model: nn.Module) -> NAdam:
    """The optimizer over what of `model` learns, its decay decoupled."""
    return NAdam(param_groups_weight_decay(model, config.weight_decay), config.lr, decoupled_weight_decay=True)
