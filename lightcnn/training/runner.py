"""Train a run: load data, resume from checkpoints, show progress, save the weights."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from lightcnn.artifacts.curves import write_curve
from lightcnn.artifacts.metadata import Machine
from lightcnn.artifacts.prepared import Meta, read_meta, read_split
from lightcnn.core.errors import UserError
from lightcnn.core.progress import Progress
from lightcnn.core.registry import Component
from lightcnn.core.runtime import Runtime
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.data.types import Split
from lightcnn.models.fusions._fused import Fused
from lightcnn.models.trained import RunConfig
from lightcnn.training.checkpoints import ANEW, Checkpoints, run_lock
from lightcnn.training.device import compile_mode, environment
from lightcnn.training.finished import FinishedSeed
from lightcnn.training.loop import Learner, Selected, TrainingData, evaluate_untrained, fit
from lightcnn.training.recipe import Recipe, Training, TrainOn
from lightcnn.training.types import Criterion


class TrainingRun(NamedTuple):
    """A run to train. `build(seed, shape)` gives the network that a seed begins with; `inputs` are the files that decide the result.

    `open_groups` sets which parts learn in a phase, where not all do; `criterion` makes what is minimised of the recipe's loss, where it is more;
    `built_on` are the trained runs that it begins with or learns from.
    """

    name: str
    recipe: Recipe
    seeds: tuple[int, ...]
    architecture: Component[nn.Sequential]
    fusion: Component[Fused] | None
    build: Callable[[int, Shape], nn.Module]
    open_groups: Callable[[Any, int], None] | None
    inputs: tuple[Path, ...]
    criterion: Callable[[Criterion, torch.device], Criterion] | None = None
    built_on: tuple[RunConfig, ...] = ()


def single_network_run(name: str, training: Training, inputs: tuple[Path, ...]) -> TrainingRun:
    """Describe the training of one network, of which nothing is ever frozen; `inputs` are files besides the prepared data."""

    def build(_: int, shape: Shape) -> nn.Module:
        return training.architecture.build(shape)

    return TrainingRun(name, training, training.seeds, training.architecture, None, build, None, inputs)


def finished_seed(
    run: TrainingRun, seed: int, data: TrainingData, shape: Shape, runtime: Runtime, checkpoints: Checkpoints, curves: Path
) -> FinishedSeed:
    """One seed to its end: as it was left, or trained here and left for others.

    Args:
        run: what to train.
        seed: one of its seeds.
        data: what it learns from, on its device.
        shape: of the images, and the number of classes.
        runtime: where and how to compute.
        checkpoints: where it goes on from, and where it is left.
        curves: folder for SEED.tsv, which grows with each epoch.
    """
    device = data.train.labels.device
    with run_lock(f"{run.name}.{seed}"):
        found = FinishedSeed.found(checkpoints, seed, device)
        if found is None:
            found = _train_resumably(run, seed, data, shape, runtime, checkpoints, curves / f"{seed}.tsv")
            found.keep(checkpoints, seed)
    write_curve(curves / f"{seed}.tsv", found.rows)
    return found


def _train_resumably(
    run: TrainingRun, seed: int, data: TrainingData, shape: Shape, runtime: Runtime, checkpoints: Checkpoints, curve: Path
) -> FinishedSeed:
    """Train one seed from its checkpoint, if it has one, saving one after each epoch."""
    device = data.train.labels.device
    saved, rows = checkpoints.load(seed, device), list[dict[str, Any]]()
    began, seconds = time.monotonic(), 0.0

    def resume(learner: Learner) -> None:
        nonlocal began, seconds, rows
        if saved is not None:
            seconds = _restore(learner, saved, checkpoints.path(seed))
            began -= seconds
            write_curve(curve, learner.rows)
        rows = learner.rows

    def after_epoch(learner: Learner) -> None:
        nonlocal seconds
        seconds = float(time.monotonic() - began)
        checkpoints.save(seed, {**learner.state(), "seconds": seconds})
        write_curve(curve, learner.rows)

    selected = train_seed(run, seed, data, shape, runtime, after_epoch, resume)
    machine = Machine(**environment(device), compile=compile_mode(runtime, device), seconds=round(seconds, 1))
    return FinishedSeed(selected, rows, machine)


def _restore(learner: Learner, saved: dict[str, Any], path: Path) -> float:
    """Stand where a checkpoint was taken; how many seconds the seed had taken by then."""
    try:
        learner.restore(saved)
        seconds: float = saved["seconds"]
        is_whole = learner.is_consistent and seconds >= 0
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise UserError(f"{path}: not a checkpoint of this run; {ANEW}")
    return seconds


def train_seed(
    run: TrainingRun,
    seed: int,
    data: TrainingData,
    shape: Shape,
    runtime: Runtime,
    after_epoch: Callable[[Learner], None],
    resume: Callable[[Learner], None] = lambda _: None,
) -> Selected:
    """Train one seed to its end.

    Args:
        run: what to train.
        seed: one of its seeds.
        data: what it learns from, on its device.
        shape: of the images, and the number of classes.
        runtime: where and how to compute.
        after_epoch: called when an epoch has been recorded; what it raises ends the training.
        resume: called before the first epoch; puts the learner where an earlier training stopped, if there was one.
    """
    device = data.train.labels.device
    model = _begin(run, seed, shape).to(device).to(memory_format=torch.channels_last)
    if not run.recipe.phases:
        return evaluate_untrained(model, data)
    mode = compile_mode(runtime, device)
    if mode:
        model.compile(mode=mode)
    loss: Criterion = run.recipe.loss.build(data.train.labels.bincount(minlength=data.classes))
    learner = Learner(model, run.recipe, run.criterion(loss, device) if run.criterion else loss, seed, run.open_groups)
    resume(learner)
    epochs = sum(phase.epochs for phase in learner.phases)

    with Progress(f"{run.name} seed {seed}", epochs, len(learner.rows), runtime.progress) as progress:

        def report(learner: Learner) -> None:
            after_epoch(learner)
            row = learner.rows[-1]
            valid = f"valid {row['valid_top1']:.2%}  " if data.valid else ""
            progress.epoch(f"loss {row['train_loss']:.4f}  {valid}lr {row['lr']:.2g}")

        return fit(learner, data, report)


def _begin(run: TrainingRun, seed: int, shape: Shape) -> nn.Module:
    """The network that a seed begins with; the global random state is left as it was."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        try:
            return run.build(seed, shape)
        except ValueError as error:
            raise UserError(f"{run.name}: {error}") from None


def load_data(folder: Path, device: torch.device, train_on: TrainOn = "train") -> tuple[TrainingData, Meta]:
    """The training and validation splits of a prepared data set, whole, on the device; one after the other where both are trained on.

    Pixels are normalised by the statistics of the training split in either case, so that a run and its sibling without the validation
    images see every image alike.
    """
    meta = read_meta(folder)
    arrays = (read_split(folder, name, meta.form, meta.counts.get(name)) for name in ("train", "valid"))
    train, valid = (Split(*(torch.from_numpy(array).to(device) for array in split)) for split in arrays)
    normalise = Normalize(meta.mean, meta.std, meta.size).to(device)
    if train_on == "train+valid":
        both = Split(*map(torch.cat, zip(train, valid, strict=True)))
        return TrainingData(both, None, normalise, len(meta.classes)), meta
    return TrainingData(train, valid, normalise, len(meta.classes)), meta


def shape_of(meta: Meta) -> Shape:
    """What a network for this data takes in and gives out."""
    return Shape(meta.channels, meta.size, len(meta.classes))
