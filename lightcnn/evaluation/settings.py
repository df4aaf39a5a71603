"""Settings of the stage evaluate."""

from typing import Annotated

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, slot
from lightcnn.evaluation.types import Predictor


class EvaluateSettings(StrictModel):
    """`inference` are the inference methods that are scored besides the plain prediction."""

    inference: tuple[Annotated[Component[list[Predictor]], slot("inference")], ...] = ()
