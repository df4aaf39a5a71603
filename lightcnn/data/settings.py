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
    """Which data set, at which size (null: its own), and how many of its training images are held out for validation, by which draw.

    `valid_size` is null where the data set brings a validation part.
    """

    dataset: Annotated[Component[Any], slot("datasets")]
    image_size: Annotated[int, Field(ge=4, le=512)] | None = None
    valid_size: Annotated[int, Field(ge=1)] | None
    split_seed: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _resized_once(self) -> Self:
        """Refuse two sizes: an image that is predicted is resized once, and has to become what those in training were."""
        own = getattr(self.dataset.config, "size", None)
        if own is None or self.image_size in (None, own):
            return self
        text = f"image_size {self.image_size}: images of {self.dataset.name} have {own} pixels by dataset.size; set that, and image_size to null"
        raise PydanticCustomError("size", "{text}", {"text": text})

    @model_validator(mode="after")
    def _held_out_once(self) -> Self:
        """Refuse two ways to draw the validation part."""
        share = getattr(self.dataset.config, "valid_share", 0)
        if share == 0 or self.valid_size is None:
            return self
        text = f"valid_size {self.valid_size}: dataset.valid_share {share} draws the validation part; set one of them to null or 0"
        raise PydanticCustomError("valid_size", "{text}", {"text": text})
