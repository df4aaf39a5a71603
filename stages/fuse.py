"""Stage 2: join two trained branches under a new head, and unfreeze them from the head backwards."""

from functools import partial
from pathlib import Path

from torch import nn

from lightcnn.core import command
from lightcnn.core.errors import UserError
from lightcnn.core.runtime import read_runtime
from lightcnn.core.types import Shape
from lightcnn.models import groups
from lightcnn.models.trained import read_run
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.training import runner, runs
from lightcnn.training.recipe import Fusion


def main(
    plan: Path, *, branches: Path = Path("runs"), prepared: Path = Path("data/prepared"), out: Path, curves: Path, seed: int | None = None
) -> None:
    """Fuse the two runs that PLAN names, found in the folder BRANCHES; a killed fusion goes on from its last whole epoch.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv. With --seed it trains that seed alone, and keeps
    it for the call that trains them all.
    """
    name, settings = read_plan(plan, Fusion)
    first, second = (read_run(branches / name) for name in settings.branches)
    if (first.info.seeds, first.info.architecture) != (second.info.seeds, second.info.architecture):
        names = " and ".join(settings.branches)
        raise UserError(f"{branches}: {names} are not of the same seeds and architecture; `dvc repro` retrains them")

    def build(seed: int, shape: Shape) -> nn.Module:
        return settings.fusion.build(first.model(seed), second.model(seed), shape.classes)

    inputs = [branches / name / file for name in settings.branches for file in ("weights.safetensors", "config.json")]
    open_groups = partial(groups.unfreeze_up_to, [phase.unfreeze for phase in settings.phases.values()])
    info = first.info
    built_on = (info, second.info)
    run = runner.TrainingRun(
        name, settings, info.seeds, info.architecture, settings.fusion, build, open_groups, (plan, *inputs), built_on=built_on
    )
    again = partial(command.command_of, main, plan=plan, branches=branches, prepared=prepared, out=out, curves=curves)
    if seed is None:
        runs.train(run, read_runtime(), prepared, out, curves, again)
    else:
        runs.train_alone(run, seed, read_runtime(), prepared, curves)


if __name__ == "__main__":
    command.run(main)
