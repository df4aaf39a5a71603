"""The figures stage: what the plan names is drawn, the same bytes each time, and nothing else is left."""

from pathlib import Path

import pytest
from PIL import Image

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from stages import figures
from tests import synthetic

STEMS = {
    "stage1_training_results",
    "stage2_progressive_unfreezing",
    "baseline_confusion_matrix",
    "best_confusion_matrix",
    "accuracy_vs_parameters",
    "accuracy_vs_latency",
    *("best_model_architecture", "baseline_architecture", "baseline-raw_architecture", "enhanced-raw_architecture"),
    *("parameter_distribution", "class_accuracy", "roc_curves", "reliability_diagram"),
    *("confident_mistakes", "grad_cam", "tsne_features"),
}


def draw(root: Path, *components: str) -> dict[str, bytes]:
    """Run the stage for some components."""
    plan, _ = synthetic.write_plans(root)
    content = read_json(plan)
    content["settings"]["figures"] = [{"name": component} for component in components]
    write_json(plan, content)
    out = root / "reports/figures"
    figures.main(plan, root, out)
    return {path.stem: path.read_bytes() for path in out.iterdir()}


def test_every_figure_is_drawn_and_drawn_again_alike_and_those_no_longer_wanted_go(tmp_path: Path) -> None:
    synthetic.write(tmp_path)
    first = draw(tmp_path, *synthetic.FIGURES)
    assert set(first) == STEMS
    again = draw(tmp_path, "accuracy_vs_parameters")
    assert again == {"accuracy_vs_parameters": first["accuracy_vs_parameters"]}


def test_a_failure_leaves_the_figures_that_were_there(tmp_path: Path) -> None:
    synthetic.write(tmp_path)
    (tmp_path / "reports/figures").mkdir()
    (tmp_path / "reports/figures/old.png").write_bytes(b"stale")
    (tmp_path / "reports/metrics/enhanced.json").unlink()
    with pytest.raises(UserError, match=r"metrics/enhanced\.json: missing; run `dvc repro`"):
        draw(tmp_path, "accuracy_vs_parameters")
    assert (tmp_path / "reports/figures/old.png").read_bytes() == b"stale"


def test_pictures_of_somebody_elses_are_left_alone(tmp_path: Path) -> None:
    synthetic.write(tmp_path)
    Image.new("RGB", (4, 4)).save(tmp_path / "holiday.png")
    (tmp_path / "reports/figures").mkdir()
    (tmp_path / "holiday.png").rename(tmp_path / "reports/figures/holiday.png")
    with pytest.raises(UserError, match=r"holiday\.png: not of this command's making"):
        draw(tmp_path, "accuracy_vs_parameters")
    assert (tmp_path / "reports/figures/holiday.png").exists()


@pytest.mark.parametrize("classes", [2, 300, *(pytest.param(many, marks=pytest.mark.slow) for many in (3, 100, 1000))])
def test_every_figure_is_drawn_of_few_and_of_many_classes_with_few_images_of_each(tmp_path: Path, classes: int) -> None:
    synthetic.write(tmp_path, classes=tuple(f"class {i}" for i in range(classes)), images=max(16, classes))
    assert set(draw(tmp_path, *synthetic.FIGURES)) == STEMS
