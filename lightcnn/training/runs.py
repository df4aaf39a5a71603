"""A whole run: its seeds, side by side where there are workers for them, and what is left of them on disk."""

from collections.abc import Callable
from pathlib import Path

import torch

from lightcnn.artifacts.metadata import Machine, Metadata
from lightcnn.artifacts.prepared import Meta
from lightcnn.core.board import Board
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.pool import Task, carried_out
from lightcnn.core.runtime import Runtime
from lightcnn.models.trained import RunConfig, SeedScore, TrainedRun, write_run
from lightcnn.training.checkpoints import Checkpoints, run_lock
from lightcnn.training.device import setup_determinism
from lightcnn.training.loop import Selected, TrainingData
from lightcnn.training.runner import TrainingRun, finished_seed, load_data, shape_of


def train(run: TrainingRun, runtime: Runtime, prepared: Path, out: Path, curves: Path, command: Callable[..., tuple[str, ...]]) -> None:
    """Train every seed of a run, going on where a killed process stopped, and write the run and its curves.

    Seeds that are finished already, wherever they were trained, are taken as they are.

    Args:
        run: what to train.
        runtime: where and how to compute.
        prepared: folder of the prepared data set.
        out: folder for weights.safetensors, config.json and metadata.json.
        curves: folder for SEED.tsv.
        command: gives the command line that trains the one `seed` that it is called with, and leaves it finished: `train_alone`.

    Raises:
        UserError: where the data is missing, damaged or not that of the runs it is built on, or the training diverges.
    """
    device = setup_determinism(runtime)
    with run_lock(run.name) as writer:
        data, meta = _checked_data(run, prepared, device)
        checkpoints = _checkpoints_of(run, prepared)
        _train_side_by_side(run, runtime, device, checkpoints, command)
        finished = {seed: finished_seed(run, seed, data, shape_of(meta), runtime, checkpoints, curves) for seed in run.seeds}
        selected = {seed: found.selected for seed, found in finished.items()}
        states, snapshots = {seed: end.state for seed, end in selected.items()}, {seed: end.snapshots for seed, end in selected.items()}
        write_run(out, TrainedRun(_config(run, meta, selected), states, snapshots))
        write_json(out / "metadata.json", _metadata({seed: found.machine for seed, found in finished.items()}).to_plain())
        if not writer.is_contended:
            checkpoints.clear()


def train_alone(run: TrainingRun, seed: int, runtime: Runtime, prepared: Path, curves: Path) -> None:
    """Train one seed of a run, and leave it where `train` finds it.

    Args:
        run: what to train.
        seed: which of its seeds.
        runtime: where and how to compute; what a training side by side says are lines.
        prepared: folder of the prepared data set.
        curves: folder for SEED.tsv.

    Raises:
        UserError: as `train`, and where the run has no such seed.
    """
    if seed not in run.seeds:
        raise UserError(f"--seed {seed}: no seed of {run.name} (there are: {', '.join(map(str, run.seeds))})")
    device = setup_determinism(runtime)
    data, meta = _checked_data(run, prepared, device)
    in_lines = runtime.model_copy(update={"progress": "lines"})
    finished_seed(run, seed, data, shape_of(meta), in_lines, _checkpoints_of(run, prepared), curves)


def _checkpoints_of(run: TrainingRun, prepared: Path) -> Checkpoints:
    return Checkpoints.for_inputs(run.name, (*run.inputs, *(prepared / name for name in ("train.npz", "valid.npz", "meta.json"))))


def _checked_data(run: TrainingRun, prepared: Path, device: torch.device) -> tuple[TrainingData, Meta]:
    data, meta = load_data(prepared, device, run.recipe.train_on)
    _check_built_on(run, meta, prepared)
    return data, meta


def _train_side_by_side(
    run: TrainingRun, runtime: Runtime, device: torch.device, checkpoints: Checkpoints, command: Callable[..., tuple[str, ...]]
) -> None:
    """Train the seeds that are not finished in processes of their own, where there is more than one worker for them."""
    seeds = [seed for seed in run.seeds if run.recipe.phases and not checkpoints.finished_path(seed).exists()]
    workers = runtime.workers_for(len(seeds), on_cuda=device.type == "cuda")
    if workers > 1:
        tasks = [Task(f"{run.name} seed {seed}", command(seed=seed)) for seed in seeds]
        with Board(runtime.progress) as board:
            problems = [done.problem for done in carried_out(tasks, workers, runtime.threads, board) if done.problem]
        if problems:
            raise UserError("\n".join(problems))


def _metadata(machines: dict[int, Machine]) -> Metadata:
    first, *_ = machines.values()
    seconds = round(sum(machine.seconds for machine in machines.values()), 1)
    return Metadata(**{**dict(first), "seconds": seconds}, seeds={str(seed): machine for seed, machine in machines.items()})


def _check_built_on(run: TrainingRun, meta: Meta, prepared: Path) -> None:
    for config in run.built_on:
        if (config.shape, config.data.classes) != (shape_of(meta), meta.classes):
            raise UserError(f"{run.name}: the run {config.name} was trained on other images than {prepared} holds; `dvc repro` retrains it")


def _config(run: TrainingRun, meta: Meta, selected: dict[int, Selected]) -> RunConfig:
    scored = {seed: (end.scores, end.epoch) for seed, end in selected.items() if end.scores}
    best = run.seeds[0]
    for seed, (scores, _) in scored.items():
        best = seed if scores.beats(scored[best][0]) else best
    return RunConfig.model_construct(
        name=run.name,
        architecture=run.architecture,
        fusion=run.fusion,
        data=meta,
        seeds=run.seeds,
        best_seed=best,
        valid={str(seed): SeedScore(top1=scores.top1, nll=scores.nll, epoch=epoch) for seed, (scores, epoch) in scored.items()} or None,
    )
