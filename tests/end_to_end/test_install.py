"""`pip install .` alone: what predictions need, and no more."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightcnn.pipeline.fingerprints import hashes_of, read_sources
from tests.helpers import ROOT
from tests.prediction import shipped

BROUGHT = {"flatbuffers", "lightcnn", "numpy", "onnxruntime", "packaging", "pillow", "pip", "protobuf", "setuptools"}
"""numpy, pillow and onnxruntime, what they ask for, and what a new environment has."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The commands of a new environment with the base package, at the versions that were tested."""
    place = tmp_path_factory.mktemp("install")
    for name in ("lightcnn", "stages"):
        shutil.copytree(ROOT / name, place / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copyfile(ROOT / name, place / "source" / name)
    subprocess.run([sys.executable, "-m", "venv", place / "env"], check=True)
    pip = [place / "env/bin/python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", place / "source"]
    subprocess.run(pip, check=True, cwd=place, timeout=600)
    yield place / "env/bin"
    shutil.rmtree(place)


def run(base: Path, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([base / command[0], *command[1:]], cwd=base, env=environment, capture_output=True, text=True, check=False)


def test_it_brings_what_predictions_need_and_no_more(base: Path) -> None:
    listed = json.loads(run(base, "python", "-m", "pip", "list", "--format", "json").stdout)
    assert {package["name"].lower() for package in listed} == BROUGHT


def test_it_predicts_and_informs(base: Path, tmp_path: Path) -> None:
    model = shipped.write(tmp_path / "model", facts={"cost": {"parameters": 1234}})
    Image.new("RGB", (30, 20), (0, 200, 0)).save(tmp_path / "a.png")
    done = run(base, "lightcnn", "predict", model, tmp_path / "a.png", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (image,) = json.loads(done.stdout)
    assert image["predictions"][0]["class"] == "green"
    assert image["predictions"][0]["probability"] == pytest.approx(shipped.probabilities([0, 200, 0])[1], rel=1e-6)
    assert run(base, "lightcnn", "info", model).stdout.splitlines()[-1] == "parameters: 1,234"


@pytest.mark.skipif(not (ROOT / "models/enhanced/model.onnx").exists(), reason="wants the committed models (dvc pull)")
def test_the_committed_model_answers_as_its_evaluation_has_it(base: Path, tmp_path: Path) -> None:
    with np.load(ROOT / "evaluation/enhanced.npz") as kept:
        rows, images, answers = kept["gallery_indices"], kept["gallery"], kept["logits"].argmax(1)
    for row, image in zip(rows, images, strict=True):
        Image.fromarray(image).save(tmp_path / f"{row:05}.png")
    labels = json.loads((ROOT / "models/enhanced/labels.json").read_text("utf-8"))
    done = run(base, "lightcnn", "predict", ROOT / "models/enhanced", tmp_path, "--json", "--top", "1")
    assert [found["predictions"][0]["class"] for found in json.loads(done.stdout)] == [labels[answers[row]] for row in rows]


def test_it_brings_the_code_of_the_stages_and_what_projects_are_made_of(base: Path, tmp_path: Path) -> None:
    done = run(base, "python", "-m", "stages.code", "--out", tmp_path / "code.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "code.json").read_text()) == hashes_of(read_sources(ROOT))
    (template,) = base.parent.glob("lib/python*/site-packages/lightcnn/pipeline/template")
    assert {path.name for path in template.iterdir()} == {path.name for path in (ROOT / "lightcnn/pipeline/template").iterdir()}


def test_a_command_of_the_pipeline_says_in_a_line_what_it_wants(base: Path) -> None:
    for command in ("check", "demo", "docs", "verify"):
        done = run(base, "lightcnn", command)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "is not installed; it comes with the extra `train`: pip install '.[train]' in a checkout" in done.stderr
