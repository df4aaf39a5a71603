"""The card of a model: the headings that Hugging Face knows, numbers that are those of the files, and an example that runs."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import onnx
import pytest
from markdown_it import MarkdownIt
from PIL import Image
from ruamel.yaml import YAML

from lightcnn.core import registry
from lightcnn.reporting.report.card import licence, render, terms
from lightcnn.reporting.report.contents import Contents
from tests.synthetic import CLASSES, MODELS, NOTE

HEADINGS = """
## Model Details
### Model Description
### Model Sources
## Uses
### Direct Use
### Out-of-Scope Use
## Bias, Risks, and Limitations
### Recommendations
## How to Get Started with the Model
## Training Details
### Training Data
### Training Procedure
#### Preprocessing
#### Training Hyperparameters
#### Speeds, Sizes, Times
## Evaluation
### Testing Data, Factors & Metrics
### Results
## Environmental Impact
## Technical Specifications
### Software
## Citation
"""
"""Those of https://github.com/huggingface/huggingface_hub, modelcard_template.md, in their order."""
RECIPE = "epochs: 10\nseeds: [0, 1, 2]\n"
GREEN = """
    <ir_version: 10, opset_import: ["" : 18]>
    green (uint8[batch, 3, 32, 32] images) => (float[batch, channel] logits)
    {
        pixels = Cast <to = 1> (images)
        pooled = GlobalAveragePool (pixels)
        logits = Flatten (pooled)
    }
"""
"""A model that names the colour which there is most of."""


@pytest.fixture(scope="module")
def cards(contents: Contents) -> dict[str, str]:
    return {name: render(contents, model, RECIPE) for name, model in contents.results.models.items()}


def test_the_headings_are_those_of_hugging_face(cards: dict[str, str]) -> None:
    for card in cards.values():
        prose = re.sub(r"```.*?```", "", card, flags=re.DOTALL)
        assert re.findall(r"^##+ .*", prose, re.MULTILINE) == HEADINGS.split("\n")[1:-1]


@pytest.mark.parametrize("name", MODELS)
def test_the_front_matter_is_yaml_with_the_measured_accuracies(contents: Contents, cards: dict[str, str], name: str) -> None:
    front = YAML(typ="safe").load(cards[name].split("---\n")[1])
    assert (front["license"], front["datasets"], front["pipeline_tag"]) == ("mit", ["cifar10"], "image-classification")
    (result,) = front["model-index"][0]["results"]
    metrics = contents.results.models[name].metrics
    assert [metric["value"] for metric in result["metrics"]] == [metrics.onnx_fp32.top1, metrics.onnx_int8.top1]


@pytest.mark.parametrize("name", MODELS)
def test_its_numbers_are_those_of_the_files(contents: Contents, cards: dict[str, str], name: str) -> None:
    model = contents.results.models[name]
    rows = [re.split(r" *\| *", line.strip("| ")) for line in cards[name].splitlines() if line.startswith("| `")]
    for file, scores, size, speed in (
        ("`model.onnx`", model.metrics.onnx_fp32, model.cost.onnx_bytes, model.speed),
        ("`model.int8.onnx`", model.metrics.onnx_int8, model.cost.int8_bytes, model.int8_speed),
    ):
        about, timed, scored = (row[1:] for row in rows if row[0] == file)
        assert speed is not None
        assert f"{size:,} bytes" in about[0]
        assert int(timed[0].replace(",", "")) == size
        assert [float(cell) for cell in timed[1:3]] == pytest.approx([speed.batch_1.p50_ms, speed.batch_1.p99_ms], abs=0.00051)
        assert float(scored[0]) == pytest.approx(100 * scores.top1, abs=0.0051)
        assert int(scored[1]) == scores.changed_predictions
    test = model.metrics.test
    fractions = [
        f"{100 * score.mean:.2f} ± {100 * score.std:.2f} (n = 3)" for score in (test.top1, test.top5, test.macro_recall, test.macro_f1)
    ]
    others = [f"{score.mean:.4f} ± {score.std:.4f} (n = 3)" for score in (test.nll, test.ece, test.auc)]
    assert f"| {' | '.join(fractions + others)} |" in cards[name]
    assert f"{model.cost.parameters:,} parameters" in cards[name]


def test_branches_note_and_terms_are_told(cards: dict[str, str], contents: Contents) -> None:
    assert "two branches (enhanced-raw, enhanced-augmented) under one head\n- **License:**" in cards["enhanced"]
    assert "two branches" not in cards["enhanced-raw"]
    assert all(f"> {NOTE}" in card and "Licence: none stated" in card for card in cards.values())
    bare = contents._replace(results=contents.results._replace(note=None))
    assert NOTE not in render(bare, bare.best, RECIPE)
    assert all(f"```yaml\n{RECIPE}```" in card for card in cards.values())


def test_its_example_runs_in_the_folder_of_the_model(cards: dict[str, str], tmp_path: Path) -> None:

    model = onnx.parser.parse_model(GREEN)
    onnx.helper.set_model_props(model, {"labels": json.dumps(CLASSES[:3])})
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    green = np.zeros((50, 40, 3), np.uint8)
    green[:, :20] = 0, 200, 100
    Image.fromarray(green).save(tmp_path / "image.png")
    (example,) = re.findall(r"```python\n(.*?)```", cards["enhanced"], re.DOTALL)
    assert len(example.splitlines()) <= 10
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-c", example]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (f"{CLASSES[1]}\n", "")


def test_it_says_what_is_done_with_an_image_and_shows_both_ways_to_use_it(cards: dict[str, str]) -> None:
    for card in cards.values():
        assert "#### Preprocessing\n\nImages are taken upright by EXIF orientation, transparency over white (255, 255, 255), " in card
        assert "RGB, middle square, 32 x 32 by Pillow's bilinear filter" in card
        assert "\nlightcnn predict . image.jpg" in card
        assert 'Classifier(".")' in card


def test_the_terms_are_those_that_the_rooms_state() -> None:
    for name in registry.available("datasets"):
        assert re.search(rf"^licence +{re.escape(terms(name))}", registry.load("datasets", name).__doc__ or "", re.MULTILINE)


def test_the_licence_note_is_about_weights_and_data() -> None:
    assert "MIT License" in licence("cifar10")
    assert "whose own licence is: none stated." in licence("cifar10")
    assert "not known to this project" in licence("photographs")


def test_the_same_contents_give_the_same_card(contents: Contents, cards: dict[str, str]) -> None:
    assert render(contents, contents.best, RECIPE) == cards[contents.best.name]


def test_names_of_classes_are_text_and_no_markup(contents: Contents) -> None:
    names = ("a|b", "[x](http://evil)", "<script>", "`code`", "*bold*_x_", "two\nlines", "# head", "a&b", "T-shirt/top", "plain")
    data = contents.results.data.model_copy(update={"classes": names})
    told = contents._replace(results=contents.results._replace(data=data))
    card = render(told, told.results.models["enhanced"], RECIPE)
    (line,) = [line for line in card.splitlines() if line.startswith("To put an image")]
    html = MarkdownIt().render(line)
    assert "<script>" not in html
    assert not re.search("<(a|code|em|strong|h1|table)\\b", html)
    text = unescape(re.sub("<[^>]+>", "", html))
    assert ", ".join(" ".join(name.split()) for name in names) in text


def test_parameters_are_said_to_be_counted_before_batchnorm_is_folded(cards: dict[str, str]) -> None:
    assert "Parameters are counted with BatchNorm apart from the convolutions" in cards["enhanced"]
    assert "as shipped" not in cards["enhanced"]
