"""The few types that every room speaks: what fills each slot of the training loop."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from jaxtyping import Float, Int, UInt8
from torch import Generator, Tensor

Images = UInt8[Tensor, "batch channel height width"]
"""Pixels as they are stored, 0 to 255."""


class Batch(NamedTuple):
    """What flows through training: normalised images and soft targets (rows sum to one)."""

    images: Float[Tensor, "batch channel height width"]
    targets: Float[Tensor, "batch classes"]


class Split(NamedTuple):
    """One split of a data set on the device, whole."""

    images: UInt8[Tensor, "image height width channel"]
    labels: Int[Tensor, "image"]


class Shape(NamedTuple):
    """What an architecture has to fit: images of `channels` x `size` x `size`, and `classes` logits."""

    channels: int
    size: int
    classes: int


class Step(NamedTuple):
    """Where a phase of training stands: `now` counts optimizer steps from 0 to `total` - 1, `per_epoch` of them an epoch."""

    now: int
    total: int
    per_epoch: int


PixelTransform = Callable[[Images, Generator], Images]
"""Augments stored pixels; the targets stay what they are."""

BatchTransform = Callable[[Batch, Step, Generator], Batch]
"""Changes a normalised batch: mixes images and targets, or gives the images another size."""

Criterion = Callable[[Float[Tensor, "batch classes"], Batch], Float[Tensor, ""]]
"""Mean loss of logits on the batch that they are for, against its soft targets."""

Schedule = Callable[[Step], float]
"""The factor by which the optimizer's rate is multiplied at a step; pure."""

Regularizer = Callable[[Step], None]
"""Sets, before each step, how strongly a network in training is disturbed."""

Precision = Callable[[], AbstractContextManager[object]]
"""What forward pass and loss are computed within."""

Predictor = Callable[[UInt8[Tensor, "image height width channel"]], Float[Tensor, "image classes"]]
"""What a trained network says of stored images, normalisation included: logits."""


class Panel(NamedTuple):
    """A trained model as whoever predicts with it sees it: each seed by itself, and all members that can vote."""

    seeds: Sequence[Predictor]
    members: Sequence[Predictor]


Inference = Callable[[Panel, Split], list[Predictor]]
"""Ways to predict better, fitted on the validation split: one a seed, or one for all."""
