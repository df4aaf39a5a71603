"""Stage 1 with a teacher: train a network to predict what a trained one predicts."""

from functools import partial
from pathlib import Path

import torch

from lightcnn.core import command
from lightcnn.core.runtime import read_runtime
from lightcnn.models.trained import read_run
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.training import runner, runs
from lightcnn.training.recipe import Distillation
from lightcnn.training.types import Criterion


def main(
    plan: Path, *, teachers: Path = Path("runs"), prepared: Path = Path("data/prepared"), out: Path, curves: Path, seed: int | None = None
) -> None:
    """Train the run that PLAN describes on its teacher's best seed, found in the folder TEACHERS; a killed training goes on.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv. With --seed it trains that seed alone, and keeps
    it for the call that trains them all.
    """
    name, settings = read_plan(plan, Distillation)
    teacher = read_run(teachers / settings.teacher)

    def criterion(loss: Criterion, device: torch.device) -> Criterion:
        network = teacher.model(teacher.info.best_seed).to(device).to(memory_format=torch.channels_last)
        return settings.distill.build(network, loss)

    inputs = (plan, *(teachers / settings.teacher / file for file in ("weights.safetensors", "config.json")))
    run = runner.single_network_run(name, settings, inputs)._replace(criterion=criterion, built_on=(teacher.info,))
    again = partial(command.command_of, main, plan=plan, teachers=teachers, prepared=prepared, out=out, curves=curves)
    if seed is None:
        runs.train(run, read_runtime(), prepared, out, curves, again)
    else:
        runs.train_alone(run, seed, read_runtime(), prepared, curves)


if __name__ == "__main__":
    command.run(main)
