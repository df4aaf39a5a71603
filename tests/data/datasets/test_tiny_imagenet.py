"""Tiny ImageNet's reader on an archive in its layout: training against torchvision's ImageFolder, validation against its list."""

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import tiny_imagenet
from lightcnn.data.datasets._official import RawData
from tests.data.datasets.official import make

FOLDER = "tiny-imagenet-200"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RawData:
    """What is read of the archive, which is also unpacked beside it."""
    make("tiny_imagenet", tmp_path, monkeypatch)
    with ZipFile(tmp_path / tiny_imagenet.ARCHIVE) as archive:
        archive.extractall(tmp_path)
    return tiny_imagenet.read(tmp_path)


def test_training_images_are_those_of_torchvisions_image_folder(data: RawData, tmp_path: Path) -> None:
    theirs = ImageFolder(str(tmp_path / FOLDER / "train"))
    wanted = sorted((theirs.classes[label], np.asarray(image).tobytes()) for image, label in theirs)
    ids = (tmp_path / FOLDER / "wnids.txt").read_text().split()
    assert sorted((ids[label], image.tobytes()) for image, label in zip(*data.train, strict=True)) == wanted
    assert data.train.images.shape == (36, 64, 64, 3)


def test_the_test_split_is_the_validation_part_by_its_list(data: RawData, tmp_path: Path) -> None:
    listed = [line.split("\t")[:2] for line in (tmp_path / FOLDER / "val/val_annotations.txt").read_text().splitlines()]
    ids = (tmp_path / FOLDER / "wnids.txt").read_text().split()
    assert [ids[label] for label in data.test.labels] == [wnid for _, wnid in listed]
    for image, (name, _) in zip(data.test.images, listed, strict=True):
        np.testing.assert_array_equal(image, Image.open(tmp_path / FOLDER / "val/images" / name).convert("RGB"))


def test_classes_have_the_order_of_the_list_and_names_of_their_own(data: RawData) -> None:
    assert data.classes == ("goldfish", "crane (n01)", "crane (n02)")


def test_a_damaged_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("tiny_imagenet", tmp_path, monkeypatch)
    archive = tmp_path / tiny_imagenet.ARCHIVE
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"^tiny-imagenet-200.zip is damaged"):
        tiny_imagenet.read(tmp_path)
