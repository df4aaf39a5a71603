"""Settings of a run: the entries of `trainings:`, `distillations:` and `fusions:`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field
from torch import nn
from torch.optim import Optimizer

from lightcnn.core.config import Name, StrictModel
from lightcnn.core.registry import Component, slot
from lightcnn.data.types import BatchTransform, PixelTransform
from lightcnn.models.fusions._fused import Fused
from lightcnn.training.types import Averager, Criterion, Precision, Regularizer, Schedule

BatchSize = Annotated[int, Field(ge=1, le=65536)]
Epochs = Annotated[int, Field(ge=1, le=100_000)]
TrainOn = Literal["train", "train+valid"]


def _distinct(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) < len(items):
        raise ValueError("each may be listed only once")
    return items


Seeds = Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1), AfterValidator(_distinct)]


class EarlyStopping(StrictModel):
    """Stop when `patience` epochs in a row gain no `min_delta` of validation top-1; the first `start_epoch` epochs do not count."""

    patience: int = Field(5, ge=1)
    min_delta: float = Field(0.001, ge=0, lt=1)
    start_epoch: int = Field(0, ge=0)


class Phase(StrictModel):
    """A stretch of training with an optimizer of its own; `unfreeze` names the groups that begin to learn in it."""

    unfreeze: tuple[str, ...] = Field(min_length=1)
    epochs: Epochs
    optimizer: Annotated[Component[Optimizer], slot("optim")]
    schedule: Annotated[Component[Schedule], slot("schedules")]


class Recipe(StrictModel):
    """What every run has: its view of the data, its criterion, and which weights are kept in the end.

    `snapshots` splits the last phase into so many parts and keeps the weights at the end of each as well, for a vote; one an epoch at most.
    `train_on` adds the validation images for a choice that is finished: there is no validation score then, the last weights are kept, and
    the first seed is exported.
    """

    augment: tuple[Annotated[Component[PixelTransform], slot("augment")], ...]
    mix: tuple[Annotated[Component[BatchTransform], slot("mix")], ...] = ()
    resize: Annotated[Component[BatchTransform], slot("resize")] | None = None
    regularize: tuple[Annotated[Component[Regularizer], slot("regularize")], ...] = ()
    loss: Annotated[Component[Criterion], slot("losses")] = Field({"name": "cross_entropy"}, validate_default=True)
    averaging: Annotated[Component[Averager], slot("averaging")] | None = None
    precision: Annotated[Component[Precision], slot("precision")] | None = None
    batch_size: BatchSize
    early_stopping: EarlyStopping | None = None
    checkpoint: Literal["best", "last"] = "best"
    snapshots: int = Field(0, ge=0, le=100)
    train_on: TrainOn = "train"

    if TYPE_CHECKING:

        @property
        def phases(self) -> Mapping[str, Phase]:
            """The phases of the training by name, in the order in which they follow one another."""


class Training(Recipe):
    """Stage 1: one network, one view of the data; with 0 `epochs` it keeps the weights that it begins with, to be counted and timed."""

    architecture: Annotated[Component[nn.Sequential], slot("architectures")]
    seeds: Seeds
    epochs: Annotated[int, Field(ge=0, le=100_000)]
    optimizer: Annotated[Component[Optimizer], slot("optim")]
    schedule: Annotated[Component[Schedule], slot("schedules")]

    @property
    def phases(self) -> Mapping[str, Phase]:
        """A single one, in which everything learns; none where nothing does."""
        if not self.epochs:
            return {}
        return {"all": Phase.model_construct(unfreeze=("all",), epochs=self.epochs, optimizer=self.optimizer, schedule=self.schedule)}


class Distillation(Training):
    """Stage 1 with a teacher, which is another run; its best seed teaches every seed of this one."""

    teacher: Name
    distill: Annotated[Component[Criterion], slot("distill")] = Field({"name": "soft_targets"}, validate_default=True)


class Fusion(Recipe):
    """Stage 2: two trained branches under one head, unfrozen from the head backwards; a head without weights can do without phases.

    Seed i joins the branches' seeds i.
    """

    branches: tuple[Name, Name]
    fusion: Annotated[Component[Fused], slot("fusions")]
    phases: dict[Name, Phase]
