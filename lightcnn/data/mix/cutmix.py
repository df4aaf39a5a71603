"""CutMix: paste a box of another image into each, and mix the targets by area.

id         D2
source     Yun et al. 2019, arXiv:1905.04899, section 3.1; torchvision.transforms.v2.CutMix
differs    a box for each image instead of one for the batch (the same expectation, less noise); every image has one, where the
           authors' code passes over half of CIFAR's batches; can end before the phase does
cost       about 8 us an image on one CPU thread: a box, a gather and a lerp
example    alpha: 1.0
conflicts  nothing
"""

from functools import partial

from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.data.mix._mixing import mix_transform, sample_cutmix
from lightcnn.data.types import BatchTransform


class Config(StrictModel):
    """`alpha` shapes Beta(alpha, alpha), from which a box has its size: 1 is uniform. `stop_fraction` is a fraction of the phase's steps."""

    alpha: float = Field(1.0, ge=0.01, le=100)
    stop_fraction: float = Field(1.0, gt=0, le=1)


def build(config: Config) -> BatchTransform:
    """A transform that cuts every batch afresh."""
    return mix_transform(partial(sample_cutmix, config.alpha), config.stop_fraction)
