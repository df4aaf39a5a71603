"""`lightcnn predict` and the card's own example on files, against what the pipeline found on its arrays."""

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lightcnn.artifacts.prepared import read_split
from lightcnn.core.arrays import read_arrays
from lightcnn.core.files import read_json
from lightcnn.pipeline.subset import only
from tests.end_to_end.pipe import Pipe, create_checkout, tiny_params
from tests.helpers import ROOT


@pytest.mark.parametrize("model", ["baseline", "baseline-raw"])
def test_images_written_as_png_are_answered_as_the_evaluation_has_them(finished: Pipe, tmp_path: Path, model: str) -> None:
    images = read_split(finished.folder / "data/prepared", "test").images[:100]
    for index, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{index:03}.png")
    done = finished.run(sys.executable, "-m", "lightcnn.cli", "predict", f"models/{model}", str(tmp_path), "--json").succeeded()
    found = [image["predictions"][0]["class"] for image in json.loads(done.text)]
    logits = read_arrays(finished.folder / f"evaluation/{model}.npz")["logits"][:100]
    labels = read_json(finished.folder / f"models/{model}/labels.json")
    assert found == [labels[place] for place in logits.argmax(1)]


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / "models/enhanced/model.onnx").exists(), reason="wants the committed models (dvc pull)")
def test_the_committed_model_answers_files_as_its_evaluation_has_them(tmp_path: Path) -> None:
    kept = read_arrays(ROOT / "evaluation/enhanced.npz")
    labels = read_json(ROOT / "models/enhanced/labels.json")
    for row, image in zip(kept["gallery_indices"], kept["gallery"], strict=True):
        Image.fromarray(image).save(tmp_path / f"{row:05}.png")
    done = Pipe(ROOT).run(sys.executable, "-m", "lightcnn.cli", "predict", "models/enhanced", str(tmp_path), "--csv", "--top", "1")
    rows = csv.DictReader(io.StringIO(done.succeeded().text))
    assert [row["class"] for row in rows] == [labels[place] for place in kept["logits"][kept["gallery_indices"]].argmax(1)]


CLASSES = ("across", "down")


def photograph(name: str, draw: np.random.Generator) -> Image.Image:
    """Stripes within the middle square of a 3:4 frame; what lies above and below it runs the other way."""
    stripes = 40 * (np.arange(96) // 12 % 2)[:, None] + np.zeros((96, 96))
    frame = (
        np.concatenate([stripes.T[:16], stripes, stripes.T[:16]])
        if name == "across"
        else np.concatenate([stripes[:16], stripes.T, stripes[:16]])
    )
    noisy = frame[..., None] + draw.uniform(0, 180, 3) + draw.normal(0, 35, (128, 96, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def write_photographs(root: Path) -> None:
    """Write a data set, every second photograph of it lying, with an EXIF orientation that says so."""
    draw, exif = np.random.default_rng(0), Image.Exif()
    exif[0x0112] = 6
    for split, count in (("train", 120), ("test", 40)):
        for name in CLASSES:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                image, options = photograph(name, draw), {}
                if number % 2:
                    image, options = image.transpose(Image.Transpose.ROTATE_90), {"exif": exif}
                image.save(root / split / name / f"{number}.jpg", quality=95, **options)


def params_of(fingerprint: str) -> dict[str, Any]:
    """One small network, trained on the photographs."""
    data = {"dataset": {"name": "folder", "size": 16, "fingerprint": fingerprint}, "image_size": None, "valid_size": 40, "split_seed": 0}
    return {**only(tiny_params(), "baseline-raw"), "data": data, "figures": [], "inference": [{"name": "temperature"}]}


@pytest.mark.slow
def test_the_cards_own_code_on_the_original_files_gives_the_accuracy_of_the_report(tmp_path: Path) -> None:
    write_photographs(tmp_path / "mine")
    pipe, root = Pipe(tmp_path / "pipe"), {"LIGHTCNN_DATA_ROOT": str(tmp_path / "mine")}
    create_checkout(pipe.folder, params_of(""))
    (fingerprint,) = re.findall(r"fingerprint of these images is (\w+)", pipe.dvc("repro", "fetch", **root).text)
    create_checkout(pipe.folder, params_of(fingerprint))
    pipe.dvc("repro", **root).succeeded()
    metrics = read_json(pipe.folder / "reports/metrics/baseline-raw.json")
    folder = Pipe(pipe.folder / "models/baseline-raw")
    (example,) = re.findall(r"```python\n(.*?)```", (folder.folder / "README.md").read_text("utf-8"), re.DOTALL)
    files = sorted((tmp_path / "mine/test").rglob("*.jpg"))
    (tmp_path / "all.py").write_text(f"for path in {list(map(str, files))!r}:\n    exec({example!r}.replace('image.png', path))\n")
    names = folder.run(sys.executable, str(tmp_path / "all.py"), PYTHONPATH=str(ROOT)).succeeded().text.split()
    right = [path.parent.name == name for path, name in zip(files, names, strict=True)]
    assert np.mean(right) == metrics["onnx_fp32"]["top1"] > 0.8
    assert read_json(folder.folder / "model.json")["temperature"] == metrics["inference"]["temperature"]["temperature"]


@pytest.mark.slow
def test_an_experiment_aside_finds_a_relative_data_root_where_the_repository_is(tmp_path: Path) -> None:
    write_photographs(tmp_path / "mine")
    pipe = Pipe(tmp_path / "pipe")
    create_checkout(pipe.folder, params_of(""))
    pipe.track()
    done = pipe.dvc("exp", "run", "--temp", "fetch", LIGHTCNN_DATA_ROOT="../mine")
    assert "the fingerprint of these images is" in done.text, done.text
