"""Settings of the stages fetch and prepare."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

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

    @model_validator(mode="after")
    def _resized_once(self) -> Self:
        """Refuse two sizes: an image that is predicted is resized once, and has to become what those in training were."""
        own = getattr(self.dataset.config, "size", None)
        if own is None or self.image_size in (None, own):
            return self
        text = f"image_size {self.image_size}: images of {self.dataset.name} have {own} pixels by dataset.size; set that, and image_size to null"
        raise PydanticCustomError("size", "{text}", {"text": text})
