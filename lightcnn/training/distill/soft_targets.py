"""Distillation: the student matches the teacher's softened probabilities as well as the targets.

id         B5
source     Hinton et al. 2015, arXiv:1503.02531, section 2
differs    the teacher sees every image as the student does, augmented (Beyer et al. 2022, arXiv:2106.05237)
cost       one forward pass of the teacher a step
example    temperature: 4.0, weight: 0.5
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.data.types import Batch
from lightcnn.training.types import Criterion


class Config(StrictModel):
    """`weight` is the teacher's share of the loss, `temperature` what both sets of logits are divided by for it."""

    temperature: float = Field(4.0, gt=0, le=100)
    weight: float = Field(0.5, gt=0, le=1)


def build(config: Config, teacher: nn.Module, criterion: Criterion) -> Criterion:
    """The student's criterion: `criterion` on the targets, and what the teacher, in evaluation mode, says of the same images.

    The teacher's part is multiplied by the temperature squared, which keeps its gradients as large as the others.
    """
    teacher = teacher.eval()

    def distilled(logits: Tensor, batch: Batch) -> Tensor:
        with torch.no_grad():
            wanted = functional.log_softmax(teacher(batch.images) / config.temperature, 1)
        found = functional.log_softmax(logits / config.temperature, 1)
        soft = functional.kl_div(found, wanted, reduction="batchmean", log_target=True) * config.temperature**2
        return (1 - config.weight) * criterion(logits, batch) + config.weight * soft

    return distilled
