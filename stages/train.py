"""Stage 1: train one network on one view of the data, every seed of a run."""

from pathlib import Path

from lightcnn.core.command import run
from lightcnn.core.runtime import read_runtime
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.training import runner
from lightcnn.training.recipe import Training


def main(plan: Path, *, prepared: Path = Path("data/prepared"), out: Path, curves: Path) -> None:
    """Train the run that PLAN describes; a killed training goes on from its last whole epoch.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv.
    """
    name, settings = read_plan(plan, Training)
    runner.train(runner.single_network_run(name, settings, (plan,)), read_runtime(), prepared, out, curves)


if __name__ == "__main__":
    run(main)
