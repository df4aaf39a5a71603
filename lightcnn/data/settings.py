"""Settings of the stages fetch and prepare."""

from typing import Annotated, Any

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.core.registry import Component, slot


class FetchSettings(StrictModel):
    """Which data set."""

    data: Annotated[Component[Any], slot("datasets")]


class DataConfig(StrictModel):
    """Which data set, at which size (null: its own), and how much of its training part is kept for validation, by which draw."""

    dataset: Annotated[Component[Any], slot("datasets")]
    image_size: Annotated[int, Field(ge=4, le=512)] | None = None
    valid_size: int = Field(ge=1)
    split_seed: int = Field(0, ge=0, lt=2**31)
