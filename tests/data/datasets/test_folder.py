"""Images of one's own: decoded as torchvision decodes them, known by their fingerprint, refused in words where something is wrong."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from lightcnn.artifacts.prepared import read_meta
from lightcnn.core.errors import UserError
from lightcnn.data.datasets import folder
from stages import fetch, prepare
from tests.data.datasets import photographs


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of noise, named by the variable."""
    photographs.make(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(fetch.VARIABLE, "mine")
    return tmp_path / "mine"


def fetched(**config: Any) -> Path:
    """Run the stage."""
    Path("plan.json").write_text(json.dumps({"settings": {"data": {"name": "folder", "size": 8, **config}}}))
    fetch.main(Path("plan.json"), Path("raw"))
    return Path("raw")


def known(**config: Any) -> Path:
    """The same, with the fingerprint that the first try tells."""
    with pytest.raises(UserError, match=r"^mine: the fingerprint of these images is [0-9a-f]{32}; ") as told:
        fetched(**config)
    return fetched(fingerprint=str(told.value).partition(" is ")[2][:32], **config)


def test_pixels_labels_and_classes_are_those_that_torchvision_reads(root: Path) -> None:
    found = folder.read(known())
    assert found.classes == photographs.CLASSES
    for split, arrays in (("train", found.train), ("test", found.test)):
        theirs = ImageFolder(str(root / split))
        assert arrays.images.shape == (len(theirs), 8, 8, 3)
        assert [label for _, label in theirs] == arrays.labels.tolist()
        assert all(np.array_equal(np.asarray(image), ours) for (image, _), ours in zip(theirs, arrays.images, strict=True))


def test_grey_images_have_one_channel_and_a_single_colour_makes_all_of_three(root: Path) -> None:
    for path in root.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    assert folder.read(known()).train.images.shape == (200, 8, 8, 1)
    photographs.save(np.full((8, 8, 3), (200, 0, 0)), root / "train/cat/0.png")
    assert folder.read(known()).train.images[0, 0, 0].tolist() == [200, 0, 0]


def test_the_middle_square_is_taken_upright(root: Path) -> None:
    wide = np.zeros((8, 14, 3))
    wide[:, 3:11] = np.arange(192).reshape(8, 8, 3)
    photographs.save(wide, root / "train/cat/0.png")
    turned, exif = Image.fromarray(np.rot90(wide).astype(np.uint8)), Image.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise
    turned.save(root / "train/cat/1.png", exif=exif)
    images = folder.read(known()).train.images
    assert np.array_equal(images[0], wide[:, 3:11])
    assert np.array_equal(images[1], wide[:, 3:11])


def test_images_of_another_size_are_scaled_as_pillow_does(root: Path) -> None:
    image = folder.read(known(size=4)).train.images[0]
    assert np.array_equal(image, np.asarray(Image.open(root / "train/cat/0.png").resize((4, 4), Image.Resampling.BILINEAR)))


@pytest.mark.usefixtures("root")
def test_they_are_prepared_as_any_data_set() -> None:
    settings = {"dataset": {"name": "folder"}, "image_size": None, "valid_size": 20, "split_seed": 0}
    known()
    Path("plan.json").write_text(json.dumps({"settings": settings}))
    prepare.main(Path("plan.json"), Path("raw"), Path("prepared"))
    meta = read_meta(Path("prepared"))
    assert (meta.name, meta.classes, meta.size, meta.channels) == ("folder", photographs.CLASSES, 8, 3)
    assert meta.counts == {"train": 180, "valid": 20, "test": 20}


@pytest.mark.usefixtures("root")
def test_the_same_images_are_the_same_bytes_wherever_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {path.name: path.read_bytes() for path in known().iterdir()}
    settings = json.loads(Path("plan.json").read_text())["settings"]["data"]
    (tmp_path / "mine").rename(tmp_path / "yours")
    monkeypatch.setenv(fetch.VARIABLE, "yours")
    again = fetched(fingerprint=settings["fingerprint"])
    assert {path.name: path.read_bytes() for path in again.iterdir()} == first
    assert set(first) == {"train.npz", "test.npz", "classes.json"}


@pytest.mark.parametrize("change", ["pixels", "name", "class", "split"])
def test_other_images_are_refused_and_what_was_there_stays(root: Path, change: str) -> None:
    before = {path.name: path.read_bytes() for path in known().iterdir()}
    place = root / "train/cat/0.png"
    if change == "pixels":
        photographs.save(np.zeros((8, 8, 3)), place)
    else:
        place.rename(root / {"name": "train/cat/x.png", "class": "train/dog/x.png", "split": "test/cat/x.png"}[change])
    fingerprint = json.loads(Path("plan.json").read_text())["settings"]["data"]["fingerprint"]
    with pytest.raises(UserError, match="the fingerprint of these images is"):
        fetched(fingerprint=fingerprint)
    assert {path.name: path.read_bytes() for path in Path("raw").iterdir()} == before


def test_one_class_alone_is_refused_by_fetch(root: Path) -> None:
    for split in ("train", "test"):
        shutil.rmtree(root / split / "dog")
    with pytest.raises(UserError, match=r"^mine: one class alone, cat; two folders are wanted"):
        fetched()


def test_what_is_wrong_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "train/cat/0.png").write_bytes(b"\x89PNG and no more")
    with pytest.raises(UserError, match=r"cat/0\.png: no image that can be read"):
        known()
    (root / "test/dog").rename(root / "test/cow")
    with pytest.raises(UserError, match=r"^mine: a class is wanted in train/ and test/ alike, not cow, dog in one of them"):
        fetched()
    (root / "test").rename(root / "elsewhere")
    with pytest.raises(UserError, match=r"^mine: images are wanted in train/CLASS/ and test/CLASS/"):
        fetched()
    monkeypatch.delenv(fetch.VARIABLE)
    with pytest.raises(UserError, match=r"^LIGHTCNN_DATA_ROOT=: no such folder; "):
        fetched()
