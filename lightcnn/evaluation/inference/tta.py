"""Test-time augmentation: the mean of the probabilities for an image, its mirror image, and both moved by some pixels.

id         F3
source     Krizhevsky et al. 2012, section 4.1; one pixel each way as in https://github.com/KellerJordan/cifar10-airbench
differs    nothing
cost       2 (1 + 4 shifts) passes an image, 2 without shifting
example    flip: true, shift: 1
conflicts  nothing
"""

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.config import StrictModel
from lightcnn.data.types import Split
from lightcnn.evaluation.types import Ensemble, Predictor


class Config(StrictModel):
    """`flip` adds mirror images, `shift` (pixels, 0 for none) the images moved up, down, left and right, their border repeated."""

    flip: bool = True
    shift: int = Field(1, ge=0, le=16)


def build(config: Config, panel: Ensemble, valid: Split) -> list[Predictor]:  # noqa: ARG001
    """Every predictor, on several views of an image."""
    return [_averaged(config, predictor) for predictor in panel.seeds]


def _averaged(config: Config, predictor: Predictor) -> Predictor:
    def predict(images: Tensor) -> Tensor:
        # Views of so many at a time: of a whole split they would be several times its size.
        batches = images.split(images_at_a_time(images.shape))
        return torch.cat([torch.stack([predictor(view).log_softmax(1) for view in views(config, batch)]).logsumexp(0) for batch in batches])

    return predict


def views(config: Config, images: Tensor) -> list[Tensor]:
    """All views of stored images, [image height width channel] each; the first is the images themselves."""
    shift, (height, width) = config.shift, images.shape[1:3]
    sides = [images, images.flip(2)] if config.flip else [images]
    if not shift:
        return sides
    corners = [(shift, shift), (0, shift), (2 * shift, shift), (shift, 0), (shift, 2 * shift)]
    padded = [
        functional.pad(side.permute(0, 3, 1, 2).float(), [shift] * 4, "replicate").to(torch.uint8).permute(0, 2, 3, 1) for side in sides
    ]
    return [side[:, top : top + height, left : left + width] for side in padded for top, left in corners]
