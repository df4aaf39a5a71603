"""AdamW: Adam with decoupled weight decay.

id         E1
source     Loshchilov and Hutter 2019, arXiv:1711.05101; torch.optim.AdamW
differs    no decay on biases and BatchNorm; the cosine and the warm-up that E1 names beside it are the schedule cosine
cost       two numbers of state a parameter
example    lr: 1e-3, weight_decay: 0.01
conflicts  nothing
"""

from pydantic import Field
from torch import nn
from torch.optim import AdamW

from lightcnn.core.config import StrictModel
from lightcnn.training.optim._param_groups import param_groups_weight_decay


class Config(StrictModel):
    """`lr` is the peak rate, which the schedule scales."""

    lr: float = Field(1e-3, gt=0, le=10)
    weight_decay: float = Field(0.01, ge=0, le=10)
    beta1: float = Field(0.9, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)


def build(config: Config, model: nn.Module) -> AdamW:
    """The optimizer over what of `model` learns."""
    return AdamW(param_groups_weight_decay(model, config.weight_decay), config.lr, (config.beta1, config.beta2), fused=True)
