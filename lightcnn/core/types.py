"""Plain types that all packages share."""

from typing import NamedTuple


class Shape(NamedTuple):
    """What an architecture has to fit: images of `channels` x `size` x `size`, and `classes` logits."""

    channels: int
    size: int
    classes: int


class Step(NamedTuple):
    """Where a phase of training stands: `now` counts optimizer steps from 0 to `total` - 1, `per_epoch` of them an epoch."""

    number: int
    total_steps: int
    steps_per_epoch: int
