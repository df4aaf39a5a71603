"""What the stages fetch and prepare are told."""

from pydantic import Field

from lightcnn.config import Strict
from lightcnn.rooms import slot


class FetchSettings(Strict):
    """Which data set."""

    data: slot("data")  # type: ignore[valid-type]


class PrepareSettings(Strict):
    """Which data set, the side of its images in pixels (null: as it is), and how many of train are held out, by which draw."""

    data: slot("data")  # type: ignore[valid-type]
    image_size: int | None = Field(ge=4, le=512)
    valid_size: int = Field(ge=1)
    split_seed: int = Field(ge=0)
