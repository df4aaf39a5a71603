"""Compare `lightcnn predict` on files with the evaluation, and time a new process.

`make bench` runs this and writes reports/benchmarks/predictions.json. It wants data/prepared, runs, evaluation and models of the pipeline.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from numpy import ndarray
from PIL import Image

from benchmarks._measuring import spread
from lightcnn.artifacts.evaluation import read_evaluation
from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.prepared import Meta, read_meta, read_split
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.progress import Progress
from lightcnn.core.yaml import read_yaml
from lightcnn.data.sampling import drawn
from lightcnn.training.device import environment

PREDICT = (sys.executable, "-m", "lightcnn.cli", "predict")
FORMATS: dict[str, dict[str, Any]] = {"png": {}, "jpg": {"quality": 95}}
"""By the suffix of a file: what Pillow saves it with."""


def main(out: Path = Path("reports/benchmarks/predictions.json"), root: Path = Path(), images: int = 100, starts: int = 10) -> None:
    """Predict IMAGES test images of each model as PNG and as JPEG files, and one of them in STARTS new processes; nothing else should run meanwhile."""
    if min(images, starts) < 1:
        raise UserError(f"--images {images} --starts {starts}: at least one is needed")
    layout = Layout(root)
    data = read_meta(layout.prepared)
    test, table = read_split(layout.prepared, "test", data.form), {}
    rows = drawn(test.labels)[:images]
    names = read_yaml(root / "params.yaml")["models"]
    with TemporaryDirectory(prefix="predictions") as scratch, Progress("predictions", len(names), 0, "auto", "model") as shown:
        for suffix in FORMATS:
            write_images(Path(scratch, suffix), suffix, test.images, rows)
        for name in names:
            table[name] = measured(name, layout, data, Path(scratch), starts)
            shown.epoch(name)
    write_json(out, {"machine": environment(torch.device("cpu")), "images": len(rows), "starts": starts, "models": table})
    for name, row in table.items():
        equal = ", ".join(f"{row[suffix]} of {len(rows)} as {suffix}" for suffix in FORMATS)
        print(f"{name:22}{equal}; an answer after {row['start_s']['median']:.2f} s")


def measured(name: str, layout: Layout, data: Meta, files: Path, starts: int) -> dict[str, Any]:
    """Of one model, by format: on how many images the command says what the evaluation says; and the seconds from start to answer."""
    answers, found = evaluated(name, layout, data), dict[str, Any]()
    for suffix in FORMATS:
        said = predicted(PREDICT, layout.models / name, files / suffix)
        found[suffix] = sum(label == data.classes[answers[row]] for row, label in said.items())
    one = min((files / "png").iterdir())
    seconds = [start_to_answer(layout.models / name, one) for _ in range(1 + starts)][1:]  # the first fills the page cache
    return {**found, "start_s": spread(seconds)}


def evaluated(name: str, layout: Layout, data: Meta) -> ndarray:
    """The class [image] that the exported seed of a model gives each test image."""
    seeds, exported = (read_json(layout.runs / name / "config.json")[key] for key in ("seeds", "best_seed"))
    # Not from the logits beside them: 16 bits make ties.
    return read_evaluation(layout.evaluation / f"{name}.npz", len(seeds), data)["predictions"][seeds.index(exported)]


def write_images(folder: Path, suffix: str, images: ndarray, rows: Iterable[int]) -> None:
    """Write some images [image height width channel] to a folder, each under its row."""
    folder.mkdir()
    for row in rows:
        pixels = images[row]
        Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(folder / f"{row}.{suffix}", **FORMATS[suffix])


def predicted(command: Sequence[str | Path], model: Path, folder: Path) -> dict[int, str]:
    """The class that a command to predict gives each image of `write_images`, by row."""
    done = subprocess.run([*command, model, folder, "--json", "--top", "1"], stdout=subprocess.PIPE, check=True)
    return {int(Path(found["image"]).stem): found["predictions"][0]["class"] for found in json.loads(done.stdout)}


def start_to_answer(model: Path, image: Path) -> float:
    """Seconds until a new process has answered and ended."""
    start = time.perf_counter()
    subprocess.run([*PREDICT, model, image], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    run(main)
