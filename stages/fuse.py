"""Stage 2: join two trained branches under a new head, and unfreeze them from the head backwards."""

from pathlib import Path

from torch import nn

from lightcnn.core.command import run
from lightcnn.core.types import Shape
from lightcnn.models import groups
from lightcnn.models.trained import read_run
from lightcnn.pipeline.plan_file import read_settings
from lightcnn.training import runner
from lightcnn.training.recipe import Fusion


def main(plan: Path, *, branches: Path = Path("runs"), prepared: Path = Path("data/prepared"), out: Path, curves: Path) -> None:
    """Fuse the two runs that PLAN names, found in the folder BRANCHES; a killed fusion goes on from its last whole epoch.

    Writes OUT/{weights.safetensors,config.json,metadata.json} and CURVES/SEED.tsv.
    """
    settings = read_settings(plan, Fusion)
    first, second = (read_run(branches / name) for name in settings.branches)

    def build(seed: int, shape: Shape) -> nn.Module:
        return settings.head.build(first.model(seed), second.model(seed), shape.classes)

    def open_groups(model: nn.Module, phase: int) -> None:
        groups.freeze_all_but(model, {group for past in settings.phases[: phase + 1] for group in past.unfreeze})

    inputs = [branches / name / file for name in settings.branches for file in ("weights.safetensors", "config.json")]
    info = first.info
    job = runner.Job(
        plan.stem, settings, settings.phases, info.seeds, info.architecture, settings.head, build, open_groups, (plan, *inputs)
    )
    runner.train(job, prepared, out, curves)


if __name__ == "__main__":
    run(main)
