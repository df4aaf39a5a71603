"""What holds of every figure."""

import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from lightcnn.core import registry
from lightcnn.reporting.figures._style import DASHES, MARKERS, PALETTE, WIDTH, class_labels, png
from lightcnn.reporting.results import Results
from tests import synthetic
from tests.synthetic import FIGURES, NOTE


def drawn(component: str, results: Results) -> dict[str, Figure]:
    module = registry.load("figures", component)
    figures: dict[str, Figure] = module.draw(module.Config(), results)
    return figures


def test_the_synthetic_results_are_drawn_by_every_room() -> None:
    assert set(FIGURES) == set(registry.available("figures"))


@pytest.mark.parametrize("component", FIGURES)
def test_the_note_stands_in_every_figure(found: Results, component: str) -> None:
    for figure in drawn(component, found).values():
        assert NOTE in figure.get_supxlabel()
    for figure in drawn(component, found._replace(note=None)).values():
        assert NOTE not in figure.get_supxlabel()


@pytest.mark.parametrize("component", FIGURES)
def test_matplotlib_is_left_as_it_was(found: Results, component: str) -> None:
    before = dict(mpl.rcParams)
    drawn(component, found)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("component", FIGURES)
@pytest.mark.parametrize(
    ("classes", "shape"),
    [(2, {"seeds": 1, "images": 30, "channels": 1, "dataset": "folder"}), (100, {"seeds": 3, "images": 1000, "dataset": "cifar100"})],
)
def test_any_number_of_classes_channels_and_seeds_is_drawn_whatever_they_are_called(
    tmp_path: Path, component: str, classes: int, shape: dict[str, Any]
) -> None:
    found = synthetic.results(synthetic.write(tmp_path, classes=tuple(f"$\\frac{{{i}$ <b>_{i} of many" for i in range(classes)), **shape))
    for figure in drawn(component, found).values():
        figure.savefig(io.BytesIO(), dpi=30)


@pytest.mark.parametrize("component", FIGURES)
def test_a_single_model_is_enough(found: Results, component: str) -> None:
    single = found._replace(models={"baseline": found.models["baseline"]}, fusions={})
    for figure in drawn(component, single).values():
        figure.savefig(io.BytesIO(), dpi=30)


def test_the_same_results_give_the_same_bytes_whatever_the_users_settings(found: Results) -> None:
    first = png(drawn("accuracy_vs_parameters", found)["accuracy_vs_parameters"], "component")
    users: dict[Any, Any] = {"font.size": 20, "savefig.transparent": True, "font.family": "serif", "savefig.bbox": "tight"}
    with mpl.rc_context(users):
        assert png(drawn("accuracy_vs_parameters", found)["accuracy_vs_parameters"], "component") == first


def test_a_picture_has_300_dots_an_inch_and_says_what_it_shows(found: Results) -> None:
    figure = drawn("confusion_matrix", found)["best_confusion_matrix"]
    with Image.open(io.BytesIO(png(figure, "confusion_matrix"))) as image:
        assert image.width == round(WIDTH * 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.info["Source"] == "confusion_matrix"
        assert image.info["Title"].startswith("Best confusion: enhanced")
        assert image.info["Description"].startswith("Confusion matrix of enhanced: on average ")
        assert "Software" not in image.info
        assert image.mode == "P"


def test_neighbouring_series_differ_in_more_than_colour() -> None:
    assert len({*PALETTE}) == len(PALETTE) == len({*MARKERS})
    assert len({*DASHES}) == len(DASHES)


SCRIPTS = ("日本", "中国", "한국", "हिन्दी", "Ελλάδα", "россия", "a_long_name_of_one", "a_long_name_of_two", "plain", "🐈")


def test_a_class_that_cannot_be_written_or_told_apart_has_its_number() -> None:
    # DejaVu Sans, which comes with Matplotlib, has Greek and Cyrillic letters, and no Chinese, Korean or Indian ones.
    assert class_labels(SCRIPTS, 12) == [
        *("日本 (0)", "中国 (1)", "한국 (2)", "हिन्दी (3)", "Ελλάδα", "россия"),
        *("a_long_name… (6)", "a_long_name… (7)", "plain", "🐈 (9)"),
    ]


@pytest.mark.parametrize(
    "component", ["confusion_matrix", "class_accuracy", "roc_curves", "tsne_features", "grad_cam", "confident_mistakes"]
)
def test_classes_of_other_scripts_are_drawn_with_their_numbers_and_no_warning(tmp_path: Path, component: str) -> None:
    found = synthetic.results(synthetic.write(tmp_path, classes=SCRIPTS))
    shown = set[str]()
    for figure in drawn(component, found).values():
        png(figure, component)
        shown |= {text.get_text() for text in figure.findobj(Text)}
    for label in ("日本 (0)", "中国 (1)"):
        assert any(label in text for text in shown)
        assert not any(re.search(rf"{label.partition(' ')[0]}(?! \()", text) for text in shown)
