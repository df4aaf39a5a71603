"""Stage 1: train one network on one view of the data, with every seed of the run."""

from functools import partial
from pathlib import Path

from lightcnn.core import command
from lightcnn.core.runtime import read_runtime
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.training import runner, runs
from lightcnn.training.recipe import Training


def main(plan: Path, *, prepared: Path = Path("data/prepared"), out: Path, curves: Path, seed: int | None = None) -> None:
    """Train the run that PLAN describes; a killed training goes on from its last whole epoch.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv. With --seed it trains that seed alone, and keeps
    it for the call that trains them all.
    """
    name, settings = read_plan(plan, Training)
    run = runner.single_network_run(name, settings, (plan,))
    again = partial(command.command_of, main, plan=plan, prepared=prepared, out=out, curves=curves)
    if seed is None:
        runs.train(run, read_runtime(), prepared, out, curves, again)
    else:
        runs.train_alone(run, seed, read_runtime(), prepared, curves)


if __name__ == "__main__":
    command.run(main)
