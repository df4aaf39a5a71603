"""Judges the claims of params.yaml: what each run has over its control, how sure that is, and what it costs."""

from pathlib import Path

from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.metadata import Metadata
from lightcnn.artifacts.record import read_record
from lightcnn.core.command import run
from lightcnn.core.files import write_json
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.reporting.claim_settings import ClaimsSettings
from lightcnn.reporting.claims import judged
from lightcnn.reporting.results import read


def main(plan: Path, root: Path = Path(), out: Path = Path("reports/claims.json")) -> None:
    """Write the verdict on every claim that the plan lists; nothing where it lists none.

    ROOT is the folder that the pipeline's files lie in.
    """
    settings = read_plan(plan, ClaimsSettings)[1]
    layout = Layout(root)
    if not settings.claims:
        write_json(out, {"claims": {}})
        return
    found = judged(settings, read(settings, layout), seconds_of(settings, layout))
    write_json(out, found.model_dump(mode="json", exclude_none=True))
    for name, claim in found.claims.items():
        print(f"{name}: {claim.run} against {claim.control or claim.published}, {claim.metric}: {claim.verdict}")


def seconds_of(settings: ClaimsSettings, layout: Layout) -> dict[str, float]:
    """How long the runs of the claims trained, all seeds together and with the branches of a fusion."""
    names = {name for claim in settings.claims.values() for name in claim.sides}
    built = {name: (name, *settings.fusions.get(name, ())) for name in names}
    return {
        name: sum(read_record(layout.runs / part / "metadata.json", Metadata).seconds for part in parts) for name, parts in built.items()
    }


if __name__ == "__main__":
    run(main)
