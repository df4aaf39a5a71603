"""The training loop: `fit` calls `train_epoch` and `validate`, and changes only a `Learner`."""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn import functional

from lightcnn.artifacts.curves import COLUMNS
from lightcnn.core.errors import UserError
from lightcnn.core.types import Step
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.data.types import Batch, Split
from lightcnn.training.batches import BatchLoader
from lightcnn.training.recipe import Recipe
from lightcnn.training.types import Criterion, Precision

State = dict[str, Tensor]


class TrainingData(NamedTuple):
    """What a run learns from and is chosen by; None where it learns from the validation images, too."""

    train: Split
    valid: Split | None
    normalise: Normalize
    classes: int


class Scores(NamedTuple):
    """On the validation split: top-1 as a fraction, mean negative log-likelihood in nats."""

    top1: float
    nll: float

    def beats(self, other: "Scores") -> bool:
        """Whether more is right, or as much with better confidence."""
        return (self.top1, -self.nll) > (other.top1, -other.nll)


class Selected(NamedTuple):
    """The weights that the run would end with if it ended now; no `scores` where it learns from the validation images."""

    scores: Scores | None
    epoch: int
    state: State
    snapshots: tuple[State, ...] = ()


class NoAveraging:
    """No average: what is evaluated is the model itself."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.steps = model, 0

    def update(self) -> None:
        """Nothing to do."""


class Learner:
    """A network in training; `state` and `restore` are its checkpoint.

    Args:
        model: what learns, on its device.
        recipe: how.
        criterion: what is minimised.
        seed: of everything random in the training.
        open_groups: sets which parts of the model learn in a phase, given the model and the phase's number from 0; None: all, always.
    """

    def __init__(
        self, model: nn.Module, recipe: Recipe, criterion: Criterion, seed: int, open_groups: Callable[[nn.Module, int], None] | None = None
    ) -> None:
        self.model, self.recipe, self.criterion, self.seed, self._open_groups = model, recipe, criterion, seed, open_groups
        self.phases = tuple(recipe.phases.values())
        self.selected: Selected | None = None
        self.rows: list[dict[str, Any]] = []
        self.snapshots: list[State] = []
        self.regularizers = [component.build(model) for component in recipe.regularize]
        precision = recipe.precision
        self.precision: Precision = precision.build(next(model.parameters()).device) if precision else nullcontext
        self.start_phase(0)

    def start_phase(self, phase: int) -> None:
        """Enter a phase with the best weights so far, a fresh optimizer and a fresh average."""
        config = self.phases[phase]
        self.phase, self.epoch, self.epochs_without_gain, self.best_top1 = phase, 0, 0, 0.0
        if self.selected is not None:
            self.model.load_state_dict(self.selected.state)
        self.open_groups()
        self.optimizer: Any = config.optimizer.build(self.model)  # torch types the loss of a closure as a float; here it is a tensor
        self.peaks = [group["lr"] for group in self.optimizer.param_groups]
        self.schedule = config.schedule.build()
        averaging = self.recipe.averaging
        self.average = averaging.build(self.model) if averaging else NoAveraging(self.model)

    def open_groups(self) -> None:
        """Put the parts that learn in this phase into training mode, the others into evaluation mode."""
        self.model.train()
        if self._open_groups is not None:
            self._open_groups(self.model, self.phase)

    def first_step(self, per_epoch: int) -> Step:
        """Where the coming epoch begins, in a phase of `per_epoch` steps an epoch."""
        return Step(self.epoch * per_epoch, self.phases[self.phase].epochs * per_epoch, per_epoch)

    def before_step(self, step: Step) -> None:
        """Give the optimizer the rate that the schedule wants at a step, and the regularizers their strength."""
        factor = self.schedule(step)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        for regularize in self.regularizers:
            regularize(step)

    def end_epoch(self, loss: float, scores: Scores | None) -> None:
        """Record a finished epoch, and keep its weights if they are the ones to keep."""
        self.epoch += 1
        epoch = len(self.rows) + 1
        unfrozen = "+".join(self.phases[self.phase].unfreeze)
        rate = self.optimizer.param_groups[0]["lr"]
        row = (epoch, self.phase + 1, unfrozen, rate, loss, scores and scores.nll, scores and scores.top1)
        self.rows.append(dict(zip(COLUMNS, row, strict=True)))
        kept = self.selected and self.selected.scores
        if kept is None or scores is None or self.recipe.checkpoint == "last" or scores.beats(kept):
            self.selected = Selected(scores, epoch, copy.deepcopy(self.average.model.state_dict()))
        if self._ends_a_part:
            self.snapshots.append(copy.deepcopy(self.average.model.state_dict()))
        if scores:
            self._update_early_stopping(scores.top1)

    @property
    def _ends_a_part(self) -> bool:
        """Whether the epoch just noted is the last of one of the parts that snapshots are taken of."""
        parts, epochs = self.recipe.snapshots, self.phases[self.phase].epochs
        is_last_phase = self.phase + 1 == len(self.phases)
        return is_last_phase and self.epoch * parts // epochs > (self.epoch - 1) * parts // epochs

    def _update_early_stopping(self, top1: float) -> None:
        stopping = self.recipe.early_stopping
        if stopping and self.epoch > stopping.start_epoch:
            gained = top1 > self.best_top1 and top1 >= self.best_top1 + stopping.min_delta
            self.epochs_without_gain = 0 if gained else self.epochs_without_gain + 1
            self.best_top1 = top1 if gained else self.best_top1

    @property
    def phase_is_over(self) -> bool:
        """Whether all epochs of the phase are done, or early stopping ended it."""
        stopping = self.recipe.early_stopping
        return self.epoch == self.phases[self.phase].epochs or (stopping is not None and self.epochs_without_gain >= stopping.patience)

    @property
    def is_done(self) -> bool:
        """Whether the last phase is over."""
        return self.phase_is_over and self.phase + 1 == len(self.phases)

    @property
    def is_consistent(self) -> bool:
        """Whether there is a row for each epoch, in its form, and weights to keep after the first."""
        phase = self.phases[self.phase]
        counted = 0 <= self.epoch <= min(phase.epochs, len(self.rows)) and self.phase >= 0
        return counted and all(row.keys() == {*COLUMNS} for row in self.rows) and bool(self.rows) == (self.selected is not None)

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs, as plain containers of tensors and numbers."""
        return {
            "counts": [self.phase, self.epoch, self.epochs_without_gain, self.best_top1, self.average.steps],
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "kept": self.selected and [self.selected.scores and [*self.selected.scores], self.selected.epoch, self.selected.state],
            "snapshots": self.snapshots,
            "rows": self.rows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand again where `state` was taken, to the bit."""
        phase, *counts, steps = state["counts"]
        self.start_phase(phase)
        self.epoch, self.epochs_without_gain, self.best_top1 = counts
        self.model.load_state_dict(state["model"])
        self.average.model.load_state_dict(state["average"])
        self.average.steps = steps
        self.optimizer.load_state_dict(state["optimizer"])
        if state["kept"]:
            scores, epoch, weights = state["kept"]
            self.selected = Selected(scores and Scores(*scores), epoch, weights)
        self.rows, self.snapshots = state["rows"], state["snapshots"]


def fit(learner: Learner, data: TrainingData, after_epoch: Callable[[Learner], None]) -> Selected:
    """Train `learner` from where it stands to the end of its last phase.

    Every epoch draws from a generator of its own, seeded by (seed, epoch): a checkpoint needs no random state.

    Raises:
        UserError: where the loss is no longer a number.
    """
    feed = BatchLoader.from_recipe(learner.recipe, data.normalise, data.classes)
    while not learner.is_done:
        if learner.phase_is_over:
            learner.start_phase(learner.phase + 1)
        loss = train_epoch(learner, feed, data.train).item()
        scores = validate(learner.average.model, data)
        if not math.isfinite(worst := loss + (scores.nll if scores else 0)):
            raise UserError(_diverged(learner, worst))
        learner.end_epoch(loss, scores)
        after_epoch(learner)
    if learner.selected is None:
        raise ValueError("a recipe without an epoch trains nothing")
    return learner.selected._replace(snapshots=tuple(learner.snapshots))


def evaluate_untrained(model: nn.Module, data: TrainingData) -> Selected:
    """Score a model that needs no training, and select it."""
    return Selected(validate(model, data), 0, model.state_dict())


def train_epoch(learner: Learner, feed: BatchLoader, split: Split) -> Float[Tensor, ""]:
    """One pass over `split`; returns the mean loss, still on the device."""
    learner.open_groups()
    losses = []
    with epoch_rng(learner.seed, len(learner.rows), split.labels.device) as generator:
        for step, batch in feed.epoch(split, learner.first_step(feed.batches_per_epoch(split)), generator):
            learner.before_step(step)
            losses.append(learner.optimizer.step(partial(backward, learner, batch)))
            learner.average.update()
    return torch.stack(losses).mean()


def backward(learner: Learner, batch: Batch) -> Float[Tensor, ""]:
    """The closure of an optimizer's step: loss and gradients of a batch."""
    learner.optimizer.zero_grad()
    with learner.precision():
        loss = learner.criterion(learner.model(batch.images), batch)
    loss.backward()
    return loss.detach()


def validate(model: nn.Module, data: TrainingData) -> Scores | None:
    """Score `model` on the validation split, where that is held out."""
    if data.valid is None:
        return None
    logits = logits_of(model, data.normalise, data.valid.images)
    right = (logits.argmax(1) == data.valid.labels).float().mean()
    return Scores(right.item(), functional.cross_entropy(logits, data.valid.labels).item())


@contextmanager
def epoch_rng(seed: int, epoch: int, device: torch.device) -> Iterator[Generator]:
    """Lend a generator for one epoch; layers that draw from torch's global one (dropout) find it seeded alike, and it is put back after."""
    number = (seed * 1_000_003 + epoch) * 2 + 1
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(number)
        yield Generator(device).manual_seed(number + 1)


def _diverged(learner: Learner, loss: float) -> str:
    rate = learner.optimizer.param_groups[0]["lr"]
    return (
        f"the loss became {loss} in epoch {len(learner.rows) + 1} (seed {learner.seed}, rate {rate:.3g}): "
        "lower the optimizer's lr, or give the schedule a warm-up; nothing of this run was saved"
    )
