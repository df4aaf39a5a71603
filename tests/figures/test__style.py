"""What holds of every figure."""

import io
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lightcnn import rooms
from lightcnn.figures._style import DASHES, MARKERS, PALETTE, WIDTH, png
from lightcnn.results import Results
from tests.synthetic import FIGURES, NOTE


def drawn(room: str, results: Results) -> dict[str, Figure]:
    module = rooms.load("figures", room)
    figures: dict[str, Figure] = module.draw(module.Config(), results)
    return figures


def test_the_synthetic_results_are_drawn_by_every_room() -> None:
    assert set(FIGURES) == set(rooms.names("figures"))


@pytest.mark.parametrize("room", FIGURES)
def test_the_note_stands_in_every_figure(found: Results, room: str) -> None:
    for figure in drawn(room, found).values():
        assert NOTE in figure.get_supxlabel()
    for figure in drawn(room, found._replace(note=None)).values():
        assert NOTE not in figure.get_supxlabel()


@pytest.mark.parametrize("room", FIGURES)
def test_matplotlib_is_left_as_it_was(found: Results, room: str) -> None:
    before = dict(mpl.rcParams)
    drawn(room, found)
    assert dict(mpl.rcParams) == before


def test_the_same_results_give_the_same_bytes_whatever_the_users_settings(found: Results) -> None:
    first = png(drawn("accuracy_vs_parameters", found)["accuracy_vs_parameters"], "room")
    users: dict[Any, Any] = {"font.size": 20, "savefig.transparent": True, "font.family": "serif", "savefig.bbox": "tight"}
    with mpl.rc_context(users):
        assert png(drawn("accuracy_vs_parameters", found)["accuracy_vs_parameters"], "room") == first


def test_a_picture_has_300_dots_an_inch_and_says_what_it_shows(found: Results) -> None:
    figure = drawn("confusion_matrix", found)["best_confusion_matrix"]
    with Image.open(io.BytesIO(png(figure, "confusion_matrix"))) as image:
        assert image.width == round(WIDTH * 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.info["Source"] == "confusion_matrix"
        assert image.info["Title"].startswith("Best confusion: enhanced")
        assert image.info["Description"].startswith("Confusion matrix of enhanced: on average ")
        assert "Software" not in image.info


def test_neighbouring_series_differ_in_more_than_colour() -> None:
    assert len({*PALETTE}) == len(PALETTE) == len({*MARKERS})
    assert len({*DASHES}) == len(DASHES)
