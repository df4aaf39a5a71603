"""Pictures for the page, and what is gathered for it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageChops, PngImagePlugin

from lightcnn.reporting.report.contents import Contents, picture


def png(width: int, height: int, **told: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, text in told.items():
        info.add_text(key, text)
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def test_a_picture_is_made_no_wider_than_the_page_needs_and_keeps_its_shape() -> None:
    wide = picture("wide", png(3200, 1000))
    assert (wide.width, wide.height) == (1600, 500)
    small = picture("small", png(300, 200))
    assert (small.width, small.height) == (300, 200)


def test_a_picture_on_the_page_looks_like_the_file() -> None:
    content = png(400, 300)
    header, _, code = picture("gradient", content).uri.partition(",")
    assert header == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(code))) as shown, Image.open(io.BytesIO(content)) as drawn:
        difference = ImageChops.difference(shown.convert("RGB"), drawn)
    assert max(high for _, high in difference.getextrema()) <= 8


def test_a_photograph_takes_less_than_its_file() -> None:
    detectable_difference = np.random.default_rng(0).normal(128, 30, (75, 100, 3)).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(detectable_difference).resize((800, 600), Image.Resampling.BICUBIC).save(buffer, "PNG")
    assert len(picture("photograph", buffer.getvalue()).uri) < len(buffer.getvalue()) / 5


def test_a_picture_says_what_it_shows_in_words_that_travel_in_its_file() -> None:
    told = picture("stem", png(20, 20, Title="A title", Description="What it shows", Source="component"))
    assert (told.stem, told.component, told.title, told.alt) == ("stem", "component", "A title", "What it shows")
    assert picture("stem", png(20, 20)).alt == "stem"


def test_the_same_file_gives_the_same_picture() -> None:
    assert picture("a", png(500, 40)) == picture("a", png(500, 40))


def test_versions_that_differ_between_runs_are_all_named(contents: Contents) -> None:
    work = dict(contents.work)
    work["enhanced"] = work["enhanced"].model_copy(update={"versions": {"torch": "2.9.0"}})
    assert contents._replace(work=work).versions == {"python": "3.11.2", "torch": "2.15.0, 2.9.0"}


def test_single_runs_differ_by_chance_as_two_samples_of_the_test_images_do(contents: Contents) -> None:
    draws = np.random.default_rng(0).binomial(400, 0.8671, (2, 200_000)) / 400
    assert contents.detectable_difference == pytest.approx(1.96 * (draws[1] - draws[0]).std(), rel=0.02)


def test_a_picture_higher_than_webp_can_be_is_made_smaller_and_keeps_its_shape() -> None:
    tall = picture("tall", png(20, 20000))
    assert (tall.width, tall.height) == (16, 16383)
    with Image.open(io.BytesIO(base64.b64decode(tall.uri.partition(",")[2]))) as shown:
        assert shown.size == (16, 16383)
