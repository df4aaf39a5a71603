"""Stage 1: train one network on one view of the data, every seed of a run."""

from pathlib import Path

from torch import nn

from lightcnn import artefacts, session
from lightcnn.recipe import Training
from lightcnn.shell import run
from lightcnn.types import Shape


def main(plan: Path, prepared: Path = Path("data/prepared"), out: Path = Path("runs"), curves: Path = Path("reports/curves")) -> None:
    """Train the run that PLAN describes; a killed training goes on from its last whole epoch.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv.
    """
    settings = artefacts.read_settings(plan, Training)

    def build(_: int, shape: Shape) -> nn.Module:
        return settings.model.build(shape)

    def open_all(model: nn.Module, phase: int) -> None:
        """Stage 1 freezes nothing."""

    job = session.Job(plan.stem, settings, settings.phases, settings.seeds, settings.model, None, build, open_all, (plan,))
    session.train(job, prepared, out, curves)


if __name__ == "__main__":
    run(main)
