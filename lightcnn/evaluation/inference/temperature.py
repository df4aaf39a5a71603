"""Temperature scaling: all logits divided by one number, so that confidence means what it says; no answer changes.

id         F4
source     Guo et al. 2017, arXiv:1706.04599, section 4.2
differs    nothing
cost       one number, fitted on the validation split
example    name: temperature
conflicts  nothing
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lightcnn.core.config import StrictModel
from lightcnn.data.types import Split
from lightcnn.evaluation.types import Ensemble, Predictor

FACTS = ("fitted_on_valid",)


class Config(StrictModel):
    """Nothing to choose."""


@dataclass(frozen=True)
class Scaled:
    """A predictor whose logits are divided by `temperature`."""

    predictor: Predictor
    temperature: float

    def __call__(self, images: Tensor) -> Tensor:
        """Predict."""
        return self.predictor(images) / self.temperature


def build(config: Config, panel: Ensemble, valid: Split) -> list[Predictor]:  # noqa: ARG001
    """Every predictor with a temperature of its own."""
    return [Scaled(predictor, fit(predictor(valid.images), valid.labels)) for predictor in panel.seeds]


def fit(logits: Tensor, labels: Tensor) -> float:
    """The temperature at which the likelihood of the labels is greatest (L-BFGS on its logarithm)."""
    log_temperature = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")
    logits = logits.double()

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(logits / log_temperature.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return log_temperature.exp().item()
