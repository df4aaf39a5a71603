"""Write the report, the article in LaTeX, and the folders of the shipped models."""

import hashlib
import os
from pathlib import Path

from lightcnn.artifacts.claims import Claims
from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.lock import read_lock
from lightcnn.artifacts.metadata import Metadata
from lightcnn.artifacts.record import read_record
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, read_json, write_bytes, write_json
from lightcnn.core.yaml import as_yaml, read_yaml
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.prediction.facts import FACTS
from lightcnn.reporting.report import card, html, latex
from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.reporting.report.contents import Contents, Picture, picture
from lightcnn.reporting.report.graph import graph
from lightcnn.reporting.results import ReportSettings, read

SHIPPED = ("*/LICENSE", "*/README.md", "*/labels.json", "*/model.*")
RUNS = ("trainings", "distillations", "fusions")
SUFFIXES = (".json", ".onnx", ".safetensors")
"""What files of a model are; a file manager's own are not."""


def main(plan: Path, root: Path = Path(), out: Path = Path("reports/report.html"), tex: Path = Path("reports/research_report.tex")) -> None:
    """Report on the models that the plan names, and put each one's folder together; the same inputs give the same files.

    ROOT is the folder that the pipeline's files lie in.
    """
    layout = Layout(root)
    settings = read_plan(plan, ReportSettings)[1]
    names = dict.fromkeys([*settings.trainings, *settings.fusions, *settings.models])
    results = read(settings, layout)
    contents = Contents(
        results=results,
        work={name: read_record(layout.runs / name / "metadata.json", Metadata) for name in names},
        pictures=read_pictures(layout.figures, settings.figures),
        code=settings.code,
        weights=fingerprint([layout.runs / name / "weights.safetensors" for name in names]),
        lock=locked(layout.lock, {"", *names}),
        params=as_yaml(settings.params),
        graph=graph(read_yaml(layout.lock)["stages"], names),
        claims=read_record(layout.claims, Claims),
        temperature_from=settings.temperature_from,
        benchmarks=[benchmark(path.stem, read_json(path), results.models) for path in sorted(layout.benchmarks.glob("[!.]*.json"))],
    )
    recipes = {name: recipe for kind in RUNS for name, recipe in settings.params[kind].items()}
    with atomic_folder(layout.models, SHIPPED) as folder:
        for name in settings.models:
            recipe = {run: recipes[run] for run in (name, *results.branches.get(name, ()))}
            fill(folder / name, layout.exported / name, contents, as_yaml(recipe))
    write_bytes(out, html.render(contents).encode())
    write_bytes(tex, latex.render(contents, os.path.relpath(layout.figures, tex.parent)).encode())


def fill(folder: Path, exported: Path, contents: Contents, recipe: str) -> None:
    """Put together what is shipped of a model: the files that were exported, its card, what predictions want to know, and the terms of use.

    Raises:
        UserError: where nothing was exported.
    """
    if not exported.is_dir():
        raise UserError(f"{exported}: missing; run `dvc pull` or `dvc repro`")
    for file in (file for file in exported.iterdir() if file.suffix in SUFFIXES and not file.name.startswith(".")):
        write_bytes(folder / file.name, file.read_bytes())
    write_bytes(folder / "README.md", card.render(contents, contents.results.models[folder.name], recipe).encode())
    write_json(folder / FACTS, card.facts(contents, contents.results.models[folder.name]))
    write_bytes(folder / "LICENSE", card.licence(contents.results.data.name).encode())


def read_pictures(folder: Path, components: tuple[str, ...]) -> list[Picture]:
    """What the components drew, component by component in their order.

    Raises:
        UserError: where there is no such folder, or a file in it is no picture.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: missing; run `dvc repro figures`")
    try:
        pictures = [picture(path.stem, path.read_bytes()) for path in sorted(folder.glob("[!.]*.png"))]
    except Exception as error:  # Pillow's parsers raise what they like
        raise UserError(
            f"{folder}: contains a file that is not a picture ({' '.join(str(error).split())}); `dvc repro figures` redraws it"
        ) from None
    return sorted((p for p in pictures if p.component in components), key=lambda p: components.index(p.component))


def fingerprint(files: list[Path]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of files, one after the other.

    Raises:
        UserError: where one is missing.
    """
    digest = hashlib.sha256()
    for path in files:
        if not path.exists():
            raise UserError(f"{path}: missing; run `dvc pull` or `dvc repro`")
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def locked(lock: Path, names: set[str]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of all outputs that dvc.lock records (path and MD5) of stages without a name or with one of `names`.

    The plan, which a comment alters, and the report itself are left out.
    """
    stages = read_lock(lock)
    recorded = (outs for stage, outs in stages.items() if stage not in ("plan", "report") and stage.partition("@")[2] in names)
    outputs = sorted(f"{path} {md5}\n" for outs in recorded for path, md5 in outs.items())
    return hashlib.sha256("".join(outputs).encode()).hexdigest()[:12]


if __name__ == "__main__":
    run(main)
