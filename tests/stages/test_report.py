"""The report stage: figures' files in, one page and one article out, the same each time."""

import hashlib
import re
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes, write_json
from stages import figures, report
from tests import synthetic
from tests.reporting.report.conftest import png

STEMS = {"best_confusion_matrix": "confusion_matrix", "accuracy_vs_parameters": "accuracy_vs_parameters", "old": "no_longer_named"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished pipeline but for the report, with small pictures in it."""
    monkeypatch.chdir(tmp_path)
    synthetic.write(tmp_path)
    for stem, component in STEMS.items():
        write_bytes(tmp_path / f"reports/figures/{stem}.png", png(stem, component))
    return tmp_path


def told(root: Path) -> tuple[str, str]:
    report.main(synthetic.write_plans(root)[1])
    return (root / "reports/report.html").read_text("utf-8"), (root / "reports/research_report.tex").read_text("utf-8")


def test_real_figures_are_shown_with_their_descriptions_on_a_page_that_stays_small(place: Path) -> None:
    figures.main(synthetic.write_plans(place)[0])
    page, article = told(place)
    assert page.count("data:image/webp;base64,") == len(list(place.glob("reports/figures/*.png")))
    assert "<summary>In words</summary>Confusion matrix of enhanced: on average " in page
    assert len(page) < 3_000_000
    shown = re.findall(r"\{(figures/[\w-]+\.png)\}", article)
    assert sorted(shown) == sorted(f"figures/{path.name}" for path in (place / "reports/figures").iterdir())


def test_the_same_files_give_the_same_page_and_article(place: Path) -> None:
    assert told(place) == told(place)


def test_settings_and_fingerprints_are_told(place: Path) -> None:
    page, article = told(place)
    assert "dataset: {name: cifar10}" in page
    assert "0123456789ab" in page
    assert "0123456789ab" in article
    (place / "runs/enhanced/weights.safetensors").write_bytes(b"other")
    (weights,) = re.findall(r"weights</dt><dd><code>([0-9a-f]{12})<", page)
    assert weights not in told(place)[0]


def test_each_model_has_a_folder_with_what_was_exported_its_card_and_the_terms(place: Path) -> None:
    (place / "models/gone").mkdir(parents=True)
    told(place)
    assert {path.name for path in (place / "models").iterdir()} == set(synthetic.MODELS)
    for name in synthetic.MODELS:
        folder = place / "models" / name
        assert {path.name for path in folder.iterdir()} == {"LICENSE", "README.md", "model.json", "model.onnx"}
        assert (folder / "model.onnx").read_text() == name
        facts = read_json(folder / "model.json")
        assert (facts["name"], facts["data"], facts["temperature"]) == (name, "cifar10", None)
        assert facts["cost"]["parameters"] == synthetic.PARAMETERS[name]
        card = (folder / "README.md").read_text()
        assert f"# Model Card for {name}\n" in card
        assert ("branches: [enhanced-raw, enhanced-augmented]\n" in card) is (name == "enhanced")
        assert "cifar10" in (folder / "LICENSE").read_text()


def test_a_temperature_that_was_fitted_is_shipped(place: Path) -> None:
    path = place / "reports/metrics/enhanced.json"
    metrics = read_json(path)
    metrics["inference"]["temperature"] = {**metrics["inference"]["soft_vote"], "temperature": 1.25}
    write_json(path, metrics)
    told(place)
    assert read_json(place / "models/enhanced/model.json")["temperature"] == 1.25
    assert read_json(place / "models/baseline/model.json")["temperature"] is None


def test_the_lock_is_told_as_far_as_it_is_about_these_results(place: Path) -> None:
    outputs = b"data/prepared/meta.json 2c\ndata/prepared/train.npz 1b\nruns/enhanced-raw/config.json 3d\n"
    assert f"<dt>dvc.lock</dt><dd><code>{hashlib.sha256(outputs).hexdigest()[:12]}<" in told(place)[0]


def test_benchmarks_are_told_where_there_are_any(place: Path) -> None:
    (place / "reports/benchmarks/latency.json").unlink()
    assert "Benchmarks</h2>" not in told(place)[0]
    write_json(place / "reports/benchmarks/other.json", {"seconds": 12.5})
    assert "seconds: 12.5" in told(place)[0]


def test_pictures_stand_in_the_order_of_the_rooms_and_those_of_no_room_are_left_out(place: Path) -> None:
    assert re.findall(r"\{figures/(\w+)\.png\}", told(place)[1]) == ["best_confusion_matrix", "accuracy_vs_parameters"]


def test_the_article_finds_the_figures_from_where_it_lies(place: Path) -> None:
    report.main(synthetic.write_plans(place)[1], tex=place / "paper/deep/report.tex")
    assert "{../../reports/figures/best_confusion_matrix.png}" in (place / "paper/deep/report.tex").read_text("utf-8")


@pytest.mark.parametrize(
    "file",
    [
        "runs/enhanced/metadata.json",
        "runs/baseline-raw/weights.safetensors",
        "reports/latency.json",
        "reports/claims.json",
        "reports/figures",
        "exported/enhanced",
    ],
)
def test_what_is_missing_is_named_with_the_way_out(place: Path, file: str) -> None:
    (place / file).rename(place / "aside")
    with pytest.raises(UserError, match=rf"{file}: missing; .*`dvc repro"):
        told(place)


def test_a_picture_that_is_none_is_a_fault(place: Path) -> None:
    (place / "reports/figures/wrong.png").write_text("no picture")
    with pytest.raises(UserError, match=r"contains a file that is not a picture.*`dvc repro figures`"):
        told(place)


def test_what_file_managers_leave_is_neither_shipped_nor_shown(place: Path) -> None:
    told(place)
    before = {path.relative_to(place): path.read_bytes() for path in (place / "models").rglob("*") if path.is_file()}
    for folder in ("exported/enhanced", "reports/figures", "reports/benchmarks", "reports/metrics", "evaluation"):
        for name in (".DS_Store", "._model.onnx", "._latency.json", "._roc.png", "x.tmp"):
            write_bytes(place / folder / name, b"\x00\x05")
    (place / "exported/enhanced/folder").mkdir()
    told(place)
    assert {path.relative_to(place): path.read_bytes() for path in (place / "models").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "content", ["stages: []", "a: 1", "stages: {x: {outs: [1]}}", "stages: {x: {outs: [{path: a}]}}", "stages: {x: 1}"]
)
def test_what_is_no_lock_file_is_told(place: Path, content: str) -> None:
    (place / "dvc.lock").write_text(content)
    with pytest.raises(UserError, match=r"^dvc\.lock: not a lock file of DVC; .*brings it back$"):
        told(place)
