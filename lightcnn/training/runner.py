"""Around the training loop: data onto the device, a checkpoint after every epoch, progress, and the finished run on disk."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from lightcnn.artifacts.curves import write_curve
from lightcnn.artifacts.prepared import Meta, read_meta, read_split
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.progress import Progress
from lightcnn.core.registry import Component
from lightcnn.core.runtime import Runtime, read_runtime
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize
from lightcnn.data.types import Split
from lightcnn.models.trained import RunConfig, SeedScore, TrainedRun, write_run
from lightcnn.training.checkpoints import Checkpoints, run_lock
from lightcnn.training.device import compile_mode, environment, setup_determinism
from lightcnn.training.loop import Course, TrainingData, Learner, Selected, evaluate_untrained, fit
from lightcnn.training.recipe import Phase, Recipe, Training
from lightcnn.training.types import Criterion


class Job(NamedTuple):
    """A run to train. `build(seed, shape)` gives the network that a seed begins with; `inputs` are the files that decide the result.

    `criterion` is given where it is not simply the recipe's loss.
    """

    name: str
    recipe: Recipe
    phases: tuple[Phase, ...]
    seeds: tuple[int, ...]
    architecture: Component
    fusion: Component | None
    build: Callable[[int, Shape], nn.Module]
    open_groups: Callable[[nn.Module, int], None]
    inputs: tuple[Path, ...]
    criterion: Callable[[torch.device], Criterion] | None = None


def single_network_run(
    name: str, training: Training, inputs: tuple[Path, ...], criterion: Callable[[torch.device], Criterion] | None = None
) -> Job:
    """The job of one network, of which nothing is ever frozen."""
    return Job(
        name,
        training,
        training.phases,
        training.seeds,
        training.model,
        None,
        lambda _, shape: training.model.build(shape),
        lambda *_: None,
        inputs,
        criterion,
    )


def train(job: Job, prepared: Path, out: Path, curves: Path) -> None:
    """Train every seed of a run, going on where a killed process stopped, and write the run and its curves.

    Raises:
        UserError: where the data is missing or damaged, or the training diverges.
    """
    runtime = read_runtime()
    device = setup_determinism(runtime)
    with run_lock(job.name) as writer:
        data, meta = load_data(prepared, device)
        inputs = (*job.inputs, *(prepared / name for name in ("train.npz", "valid.npz", "meta.json")))
        checkpoints = Checkpoints.for_inputs(job.name, inputs)
        kept = {seed: train_seed(job, seed, data, shape_of(meta), checkpoints, curves / f"{seed}.tsv", runtime) for seed in job.seeds}
        states, snapshots = {seed: end.state for seed, end in kept.items()}, {seed: end.snapshots for seed, end in kept.items()}
        write_run(out, TrainedRun(_info(job, meta, kept), states, snapshots))
        seconds = sum(saved["seconds"] for seed in job.seeds if (saved := checkpoints.load(seed, device)))
        how = {"compile": compile_mode(runtime, device), "seconds": round(seconds, 1)}
        write_json(out / "metadata.json", {**environment(device), **how})
        if not writer.is_contended:
            checkpoints.clear()


def train_seed(job: Job, seed: int, data: TrainingData, shape: Shape, checkpoints: Checkpoints, curve: Path, runtime: Runtime) -> Selected:
    """Train one seed to its end, from its checkpoint if it has one."""
    device = data.train.labels.device
    model = _begin(job, seed, shape).to(device).to(memory_format=torch.channels_last)
    if not job.phases:
        write_curve(curve, [])
        return evaluate_untrained(model, data)
    mode = compile_mode(runtime, device)
    if mode:
        model.compile(mode=mode)
    criterion = job.criterion(device) if job.criterion else job.recipe.loss.build()
    learner = Learner(model, Course(job.recipe, job.phases, job.open_groups, criterion, seed))
    saved = checkpoints.load(seed, device)
    if saved:
        learner.restore(saved)
        write_curve(curve, learner.rows)
    epochs, began = sum(phase.epochs for phase in job.phases), time.monotonic() - (saved["seconds"] if saved else 0)

    with Progress(f"{job.name} seed {seed}", epochs, len(learner.rows), runtime.progress) as progress:

        def after_epoch(learner: Learner) -> None:
            checkpoints.save(seed, {**learner.state(), "seconds": time.monotonic() - began})
            write_curve(curve, learner.rows)
            row = learner.rows[-1]
            progress.epoch(f"loss {row['train_loss']:.4f}  valid {row['valid_top1']:.2%}  lr {row['lr']:.2g}")

        return fit(learner, data, after_epoch)


def _begin(job: Job, seed: int, shape: Shape) -> nn.Module:
    """The network that a seed begins with; the global random state is left as it was."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        try:
            return job.build(seed, shape)
        except ValueError as error:
            raise UserError(f"{job.name}: {error}") from None


def load_data(folder: Path, device: torch.device) -> tuple[TrainingData, Meta]:
    """The training and validation splits of a prepared data set, whole, on the device."""
    meta = read_meta(folder)
    train, valid = (Split(*(torch.from_numpy(array).to(device) for array in read_split(folder, name))) for name in ("train", "valid"))
    return TrainingData(train, valid, Normalize(meta.mean, meta.std, meta.size).to(device), len(meta.classes)), meta


def shape_of(meta: Meta) -> Shape:
    """What a network for this data takes in and gives out."""
    return Shape(meta.channels, meta.size, len(meta.classes))


def _info(job: Job, meta: Meta, kept: dict[int, Selected]) -> RunConfig:
    best = job.seeds[0]
    for seed in job.seeds[1:]:
        best = seed if kept[seed].scores.beats(kept[best].scores) else best
    return RunConfig.model_construct(
        name=job.name,
        architecture=job.architecture,
        fusion=job.fusion,
        classes=meta.classes,
        channels=meta.channels,
        size=meta.size,
        mean=meta.mean,
        std=meta.std,
        seeds=job.seeds,
        best_seed=best,
        valid={str(seed): SeedScore(top1=end.scores.top1, nll=end.scores.nll, epoch=end.epoch) for seed, end in kept.items()},
    )
