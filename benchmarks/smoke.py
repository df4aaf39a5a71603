"""Train every technique briefly on real images, to show that it learns.

`python -m benchmarks.smoke` wants data/prepared of the pipeline and writes reports/benchmarks/smoke.json, technique by technique: what is
there already is not done again. `lightcnn docs` shows it in docs/techniques.md.
"""

import copy
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from lightcnn.artifacts.prepared import Arrays, read_meta, read_split
from lightcnn.core.arrays import write_arrays
from lightcnn.core.command import run
from lightcnn.core.files import read_json, write_json
from lightcnn.core.tables import read_table
from lightcnn.models.trained import read_run
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.plan import tasks
from lightcnn.pipeline.subset import only
from lightcnn.techniques.catalog import NumberedTechnique, listed
from lightcnn.techniques.combine import BRANCH, PLAIN, Lines, joined, switched_on
from lightcnn.training.device import environment
from stages import distill, fuse, train
from stages.evaluate import inferred

STAGES: dict[str, Callable[..., None]] = {"train": train.main, "distill": distill.main, "fuse": fuse.main}
SMALL = {"name": "enhanced", "widths": [8, 16, 16]}
FAR = 0.10
REASONS = {
    "heads.gap": "its head has 170 parameters where the base's has 10,250, so the network has 9,778 instead of 19,858, and takes longer to learn"
}
"""Component to why it may be so far below its base after so little training."""


class SmokeRun(NamedTuple):
    """A model to train: its name in the results, and in the params.yaml that it takes."""

    name: str
    params: Lines
    model: str


def main(
    out: Path = Path("reports/benchmarks/smoke.json"),
    prepared: Path = Path("data/prepared"),
    images: int = 20_000,
    epochs: int = 4,
    jobs: int = 2,
    only: str = "",
) -> None:
    """Train a base and, from the same seed, the base with each technique, EPOCHS epochs on the first IMAGES training images.

    Scored is validation top-1. JOBS processes of one thread each; ONLY names ids or components, with commas between, and leaves out the others.
    """
    torch.set_num_threads(1)
    settings = {"images": images, "epochs": epochs, "machine": environment(torch.device("cpu"))}
    found = read_json(out) if out.exists() else {}
    if {key: found.get(key) for key in settings} != settings:
        found = {**settings, "bases": {}, "techniques": {}}
    chosen = {
        component: technique for component, technique in listed().items() if not only or {component, *technique.ids} & set(only.split(","))
    }
    done = {**found["bases"], **found["techniques"]}
    with TemporaryDirectory(prefix="smoke") as scratch:
        cut(prepared, Path(scratch, "prepared"), images)
        for job, score in scored([job for job in jobs_of(chosen, epochs) if job.name not in done], Path(scratch), jobs):
            kept = {"ids": chosen[job.name].ids, "base": base_of(chosen[job.name])} if job.name in chosen else {}
            found["techniques" if kept else "bases"][job.name] = {**kept, **score}
            write_json(out, with_reasons(found))
            print(f"{job.name:40} {score['top1']:.2%}", flush=True)


def with_reasons(found: dict[str, Any]) -> dict[str, Any]:
    """The results with the reason for each that is far below its base."""
    for component, row in found["techniques"].items():
        base = found["bases"].get(row["base"])
        row["reason"] = REASONS.get(component) if base and row["top1"] < base["top1"] - FAR else None
    return found


def jobs_of(techniques: dict[str, NumberedTechnique], epochs: int) -> Iterator[SmokeRun]:
    """The bases that these techniques are compared with, and then the techniques; an optimizer around another is around the base's."""
    yield from {
        base: SmokeRun(base, params, "one") for base, params in (plain(technique, epochs) for technique in techniques.values())
    }.values()
    for component, technique in techniques.items():
        lines = technique.lines
        if "base" in lines.get("optimizer", {}):
            lines = joined(lines, {"optimizer": BRANCH["optimizer"]})
        yield SmokeRun(component, switched_on(plain(technique, epochs)[1], "one", lines), "pair" if "fusion" in lines else "one")


def base_of(technique: NumberedTechnique) -> str:
    """The name of its base: the paper's branch, or the enhanced one without its parts, but for what the technique has to have beside it."""
    if "architecture" not in technique.lines:
        return "paper"
    parts = {**technique.beside.get("architecture", {})}
    parts.pop("name", None)
    return ", ".join(["enhanced", *(f"{key}: {value['name'] if isinstance(value, dict) else value}" for key, value in parts.items())])


def plain(technique: NumberedTechnique, epochs: int) -> tuple[str, Lines]:
    """The base of a technique: its name, and the params.yaml in which it is to be switched on, whose other run sees the data otherwise."""
    params = copy.deepcopy(PLAIN)
    params["trainings"]["other"]["augment"] = [{"name": "crop_flip"}]
    for training in params["trainings"].values():
        training |= {
            "epochs": epochs,
            "architecture": {**training["architecture"], **SMALL} if "architecture" in technique.lines else {"name": "paper"},
        }
    beside = {key: value for key, value in technique.beside.items() if key == "architecture"}
    return base_of(technique), switched_on(params, "one", beside)


def cut(prepared: Path, out: Path, images: int) -> None:
    """A prepared data set with less to train on. Its test split is of training images, kept apart to fit ways to predict on."""
    meta = read_meta(prepared)
    train, valid = (read_split(prepared, split, meta.form, meta.counts.get(split)) for split in ("train", "valid"))
    apart = slice(images, images + len(valid.labels))
    parts = {"train": _part(train, slice(images)), "valid": valid, "test": _part(train, apart)}
    for split, part in parts.items():
        write_arrays(out / f"{split}.npz", images=part.images, labels=part.labels)
    counts = {split: len(part.labels) for split, part in parts.items()}
    write_json(out / "meta.json", {**meta.to_plain(), "counts": counts})


def _part(split: Arrays, rows: slice) -> Arrays:
    return Arrays(split.images[rows], split.labels[rows])


def scored(todo: list[SmokeRun], scratch: Path, processes: int) -> Iterator[tuple[SmokeRun, dict[str, Any]]]:
    """The jobs with their scores, as they get done."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, torch.set_num_threads, (1,)) as pool:
        waiting = {pool.submit(score, job, scratch / str(number), scratch / "prepared"): job for number, job in enumerate(todo)}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def score(job: SmokeRun, folder: Path, prepared: Path) -> dict[str, Any]:
    """Train what a job takes, in a folder of its own; validation top-1 of its model, and the loss that training ended with, if there was any."""
    folder.mkdir()
    os.chdir(folder)
    params = carried_out({**only(job.params, job.model), "models": [job.model]}, prepared)
    trained = read_run(Path("runs", job.model))
    apart, valid = (read_split(prepared, split) for split in ("test", "valid"))
    better = [inferred(component, trained, apart, valid)["top1"]["mean"] for component in params.inference]
    losses = [float(row["train_loss"]) for row in read_table(Path("curves", job.model, "0.tsv"))]
    return {"top1": better[0] if better else (trained.info.valid or {})["0"].top1, "train_loss": losses[-1] if losses else None}


def carried_out(params: Lines, prepared: Path) -> Params:
    """Check params.yaml as `plan` does, and train all its runs below the current folder, in runs/ and curves/."""
    checked = Params.from_plain(params)
    for task in tasks(checked):
        if task.stage in STAGES and task.name:
            plan = Path("plan", task.stage, f"{task.name}.json")
            write_json(plan, {"stage": task.stage, "name": task.name, "settings": task.settings, "code": {}})
            STAGES[task.stage](plan, prepared=prepared, out=Path("runs", task.name), curves=Path("curves", task.name))
    return checked


if __name__ == "__main__":
    run(main)
