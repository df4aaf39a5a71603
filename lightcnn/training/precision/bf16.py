"""Mixed precision: matrix products and convolutions in bfloat16, the rest, and the weights, in float32.

id         B3
source     Micikevicius et al. 2018, arXiv:1710.03740; torch.autocast
differs    bfloat16 instead of float16: it has float32's range, so that no loss needs scaling
cost       half the memory traffic on a GPU; on a CPU without bfloat16 kernels many times the time
example    device: auto
conflicts  nothing
"""

from functools import partial
from typing import Literal

import torch

from lightcnn.core.config import StrictModel
from lightcnn.training.types import Precision


class Config(StrictModel):
    """`device: auto` lowers the precision on CUDA and leaves a CPU, which it slows down, in float32; `any` lowers it everywhere."""

    device: Literal["auto", "any"] = "auto"


def build(config: Config, device: torch.device) -> Precision:
    """The context for steps on `device`."""
    lowered = config.device == "any" or device.type == "cuda"
    return partial(torch.autocast, device.type, torch.bfloat16, enabled=lowered)
