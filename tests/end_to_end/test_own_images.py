"""From a folder of images to a model that predicts, in two commands: `lightcnn init` and `dvc repro`, without touching a file."""

import csv
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from lightcnn.core.files import read_json
from tests.data.datasets import photographs
from tests.end_to_end.pipe import Pipe


def made(images: Path, project: Path, *options: str) -> Pipe:
    """Give the two commands."""
    Pipe(images.parent).run(sys.executable, "-m", "lightcnn.cli", "init", str(project), "--images", str(images), *options).succeeded()
    pipe = Pipe(project)
    pipe.dvc("repro").succeeded()
    return pipe


@pytest.mark.slow
@pytest.mark.parametrize("layout", photographs.LAYOUTS)
def test_images_in_each_layout_become_a_model_that_predicts(layout: str, tmp_path: Path) -> None:
    images = photographs.laid_out(tmp_path, layout)
    pipe = made(images, tmp_path / "project", "--size", "8", "--budget", "2000")
    picture = next(iter(sorted(tmp_path.glob("*/**/cat/*.png"))))
    done = pipe.run(sys.executable, "-m", "lightcnn.cli", "predict", "models/classifier", str(picture), "--csv").succeeded()
    assert {row["class"] for row in csv.DictReader(io.StringIO(done.text))} == set(photographs.CLASSES)
    assert pipe.dvc("repro").succeeded().ran <= {"code"}


@pytest.mark.slow
def test_handwritten_digits_reach_97_percent_with_one_seed(tmp_path: Path) -> None:
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = tmp_path / "digits" / str(label) / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(image * 255 / 16).astype(np.uint8)).save(path)
    pipe = made(tmp_path / "digits", tmp_path / "project", "--size", "16", "--no-flip")
    scores = read_json(pipe.folder / "reports/metrics/classifier.json")
    assert scores["images"]["test"] > 300
    assert scores["test"]["top1"]["mean"] >= 0.97
    assert scores["test"]["macro_f1"]["mean"] >= 0.97
    assert read_json(pipe.folder / "reports/cost/classifier.json")["parameters"] <= 30_000
