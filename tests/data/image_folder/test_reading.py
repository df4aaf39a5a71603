"""What is in images of one's own: found in four layouts alike, in one piece of memory, and told in words."""

import csv
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightcnn.core.errors import UserError
from lightcnn.data.image_folder.findings import changes, describe
from lightcnn.data.image_folder.reading import Survey, decoded, survey
from lightcnn.prediction.listing import Skipped
from tests.data.datasets import photographs


def surveyed(root: Path, min_images: int | None = None) -> Survey:
    return survey(root, min_images, 0.2, 0.125, Skipped())


def by_content(found: Survey) -> dict[str, tuple[str, str]]:
    """The class and the split of each content."""
    return {digest: (sample.name, sample.split) for sample, digest in zip(found.samples, found.digests, strict=True)}


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Two classes of a hundred images."""
    return photographs.make(tmp_path / "parts") / "train"


def test_a_list_and_a_folder_of_the_same_images_are_split_alike(classes: Path) -> None:
    with (classes / "all.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "label"))
        rows.writerows((path.relative_to(classes).as_posix(), path.parent.name) for path in sorted(classes.rglob("*.png"), reverse=True))
    folder, listed = surveyed(classes), surveyed(classes / "all.csv")
    assert by_content(folder) == by_content(listed)
    assert {sample.split for sample in folder.samples} == {"train", "valid", "test"}
    assert [sample.split for sample in folder.samples] == sorted((s.split for s in folder.samples), key=("train", "valid", "test").index)


def test_the_fingerprint_is_of_contents_and_of_what_they_are_called(classes: Path, tmp_path: Path) -> None:
    first = surveyed(classes).fingerprint
    shutil.copytree(classes, tmp_path / "elsewhere")
    assert surveyed(tmp_path / "elsewhere").fingerprint == first
    (tmp_path / "elsewhere/cat/0.png").rename(tmp_path / "elsewhere/cat/zero.png")
    assert surveyed(tmp_path / "elsewhere").fingerprint != first


def test_a_class_of_few_different_images_is_refused_by_name_or_left_out(classes: Path) -> None:
    for number in range(5):
        (classes / "owl").mkdir(exist_ok=True)
        shutil.copy(classes / f"cat/{number % 2}.png", classes / f"owl/{number}.png")
    (classes / "fox").mkdir()
    with pytest.raises(UserError, match=rf"^{classes}/fox: no image in it; fill it or take it out$"):
        surveyed(classes)
    (classes / "fox").rmdir()
    with pytest.raises(UserError, match=rf"^{classes}: the class owl has 2 different images; at least 3 are needed, .* --min-images 3$"):
        surveyed(classes)
    assert surveyed(classes, min_images=3).classes == ["cat", "dog"]
    with pytest.raises(UserError, match=rf"^{classes}: no image; at least two are needed"):
        surveyed(classes, min_images=101)


def test_images_are_held_once(tmp_path: Path) -> None:
    photographs.make(tmp_path / "mine", train=20)
    found = surveyed(tmp_path / "mine/train")
    tracemalloc.start()
    images = decoded(tmp_path, found.samples, 224)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert images.pixels.nbytes == 40 * 224 * 224 * 3
    assert peak < 1.2 * images.pixels.nbytes


def test_what_was_found_is_told(classes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.open(classes / "cat/0.png").convert("L").save(classes / "cat/0.png")
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(classes / "cat/wide.png")
    shutil.copy(classes / "cat/1.png", classes / "cat/again.png")
    shutil.copy(classes / "cat/2.png", classes / "dog/cat.png")
    found = surveyed(classes)
    lines = list(describe(classes, found, decoded(classes, found.samples, 8)))
    assert lines[0].startswith(f"{classes}: 203 images of 2 classes (")
    assert lines[1:6] == [
        "images per class: cat 102, dog 101",
        "balance: the largest class has 1.0 times the images of the smallest",
        "sizes in pixels: 8 x 8 (202), 6 x 4 (1)",
        "colour: 201 in colour, 2 grey, which become colour",
        "exact copies: 1 within a class",
    ]
    assert lines[6] == f"1 found in several classes: {classes}/cat/2.png = {classes}/dog/cat.png"
    assert capsys.readouterr().out == ""


def test_changes_are_told_by_kind() -> None:
    before = {"a/1": "one", "a/2": "two", "a/3": "three", "a/4": "four"}
    after = {"a/1": "one", "b/2": "two", "a/3": "other", "a/5": "five", "a/6": "one"}
    assert list(changes(before, after)) == [
        "1 new: a/5",
        "1 new, copies of others: a/6",
        "1 moved or renamed: b/2",
        "1 changed: a/3",
        "1 gone: a/4",
    ]
    assert list(changes(before, before)) == []
