"""Predictions of a shipped model, against softmax by hand."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from lightcnn.core.errors import UserError
from lightcnn.prediction import classifier as subject
from lightcnn.prediction.classifier import Classifier, Prediction
from tests.prediction import shipped
from tests.prediction.files import content

GREEN = np.full((10, 14, 3), (50, 200, 100), np.uint8)
WANTED = sorted(zip(shipped.probabilities([50, 200, 100]), shipped.COLOURS, strict=True), reverse=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shipped.write(tmp_path_factory.mktemp("models") / "colours")


def assert_green(prediction: Prediction) -> None:
    assert prediction.names == tuple(name for _, name in WANTED) == ("green", "blue", "red")
    assert prediction.probabilities == pytest.approx([share for share, _ in WANTED], rel=1e-6)
    assert (prediction.name, prediction.probability) == (prediction.names[0], prediction.probabilities[0])


def test_a_path_a_picture_or_an_array_gives_one_prediction(model: Path, tmp_path: Path) -> None:
    whole = content(Image.fromarray(GREEN), "PNG")
    (tmp_path / "a.png").write_bytes(whole)
    classifier = Classifier(model)
    for image in (tmp_path / "a.png", str(tmp_path / "a.png"), whole, Image.fromarray(GREEN), GREEN):
        assert_green(classifier(image))


def test_many_give_a_list_in_their_order(model: Path, tmp_path: Path) -> None:
    Image.fromarray(GREEN).save(tmp_path / "a.png")
    red = np.full((8, 8, 3), (255, 0, 0), np.uint8)
    predictions = Classifier(str(model))([tmp_path / "a.png", red, Image.fromarray(GREEN)])
    assert [prediction.name for prediction in predictions] == ["green", "red", "green"]
    assert [prediction.name for prediction in Classifier(model)(np.stack([red, GREEN[:8, :8]]))] == ["red", "green"]
    assert Classifier(model)([]) == []


def test_an_image_that_cannot_be_read_is_named(model: Path, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_text("no image")
    with pytest.raises(UserError, match=r"/b\.png: cannot be read as an image \(in no format that Pillow knows\)$"):
        Classifier(model)([GREEN, tmp_path / "b.png"])
    with pytest.raises(UserError, match=r"^image 1: not an image: int64 "):
        Classifier(model)([GREEN, GREEN.astype(np.int64)])


@pytest.mark.parametrize("temperature", [0.5, 2, 2.5])
def test_a_temperature_makes_it_surer_or_less_sure(tmp_path: Path, temperature: float) -> None:
    folder = shipped.write(tmp_path / "model", facts={"temperature": temperature})
    assert Classifier(folder)(GREEN).probabilities[0] == pytest.approx(shipped.probabilities([50, 200, 100], temperature)[1], rel=1e-6)


@pytest.mark.parametrize("facts", [None, {}, {"temperature": None}])
def test_without_a_temperature_probabilities_are_as_the_network_has_them(tmp_path: Path, facts: dict[str, None] | None) -> None:
    assert_green(Classifier(shipped.write(tmp_path / "model", facts=facts))(GREEN))


def test_a_grey_model_takes_colours(tmp_path: Path) -> None:
    classifier = Classifier(shipped.write(tmp_path / "grey", labels=("only",)))
    assert classifier(GREEN) == (("only",), (1.0,))


def test_the_file_may_be_named_in_the_place_of_the_folder(model: Path) -> None:
    (model / "model.int8.onnx").write_bytes((model / "model.onnx").read_bytes())
    assert_green(Classifier(model / "model.int8.onnx")(GREEN))
    assert Classifier(model).file == model / "model.onnx"


@pytest.mark.parametrize(("size", "batches"), [(8, [4, 2]), (32, [4, 2]), (45, [2] * 3), (100, [1] * 6)])
def test_a_batch_holds_so_many_pixels_and_at_least_one_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, batches: list[int]
) -> None:
    monkeypatch.setattr(subject, "IMAGES_AT_ONCE", 4)
    classifier, seen = Classifier(shipped.write(tmp_path / "model", size)), list[int]()
    whole = classifier.probabilities
    monkeypatch.setattr(classifier, "probabilities", lambda pixels: (seen.append(len(pixels)), whole(pixels))[1])
    for prediction in classifier([GREEN] * 6):
        assert_green(prediction)
    assert seen == batches


def test_an_image_is_read_only_when_its_batch_comes(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "IMAGES_AT_ONCE", 2)
    taken = list[int]()
    answers = Classifier(model).each(taken.append(number) or GREEN for number in range(100))
    next(answers)
    assert taken == [0, 1]


@pytest.mark.parametrize(
    ("content", "reason"), [("{", "not readable as JSON"), ("[]", "not of this version"), ('{"temperature": "a"}', "not of")]
)
def test_a_damaged_file_beside_it_is_named(tmp_path: Path, content: str, reason: str) -> None:
    folder = shipped.write(tmp_path / "model")
    (folder / "model.json").write_text(content)
    with pytest.raises(UserError, match=rf"model/model\.json: {reason}"):
        Classifier(folder)


def test_what_is_no_model_of_this_project_is_refused_in_one_line(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: no such model; name its folder, such as models/NAME$"):
        Classifier(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"model\.onnx: no such model"):
        Classifier(tmp_path)
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(UserError, match=r"text\.onnx: cannot be read as a model \("):
        Classifier(tmp_path / "text.onnx")
    other = onnx.load(model / "model.onnx")
    del other.metadata_props[:]
    onnx.save(other, tmp_path / "other.onnx")
    with pytest.raises(UserError, match=r"other\.onnx: names no labels; not a model that lightcnn exported$"):
        Classifier(tmp_path / "other.onnx")
