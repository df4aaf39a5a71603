"""Images of one's own: decoded as torchvision decodes them, known by their fingerprint, refused in words where something is wrong."""

import builtins
import json
import os
import shutil
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from torchvision.datasets import ImageFolder

from lightcnn.artifacts.prepared import read_meta
from lightcnn.core.errors import UserError
from lightcnn.data.datasets import folder
from lightcnn.data.settings import DataConfig
from stages import fetch, prepare
from tests.data.datasets import photographs
from tests.prediction.files import awkward, content, damaged_exif, entry, turned


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of noise, named by the variable."""
    photographs.make(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(fetch.VARIABLE, "mine")
    return tmp_path / "mine"


def fetched(**config: Any) -> Path:
    """Run the stage."""
    Path("plan.json").write_text(
        json.dumps({"stage": "fetch", "name": None, "settings": {"data": {"name": "folder", "size": 8, **config}}, "code": {}})
    )
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
    Path("plan.json").write_text(json.dumps({"stage": "prepare", "name": None, "settings": settings, "code": {}}))
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
    with pytest.raises(UserError, match=r"^mine: only one class, cat; at least two are needed"):
        fetched()


def test_what_is_wrong_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "train/cat/0.png").write_bytes(b"\x89PNG and no more")
    with pytest.raises(UserError, match=r"cat/0\.png: cannot be read as an image"):
        fetched()
    (root / "test/dog").rename(root / "test/cow")
    with pytest.raises(UserError, match=r"^mine: every class needs a folder in train/ and in test/; only one of them has cow, dog"):
        fetched()
    shutil.rmtree(root / "train")
    with pytest.raises(UserError, match=r"^mine: there is test and no train; expected images in CLASS/"):
        fetched()
    monkeypatch.delenv(fetch.VARIABLE)
    with pytest.raises(UserError, match=r"^LIGHTCNN_DATA_ROOT=: no such folder; "):
        fetched()


def test_pixels_keep_their_depth_their_turn_and_what_lies_behind_them(root: Path) -> None:
    ramp, place = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8), root / "train/cat"
    lying = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    hidden = np.zeros((8, 8, 4), np.uint8)
    hidden[..., 0] = 200
    stored = [content(Image.fromarray(ramp), "PNG"), turned(lying), content(Image.fromarray(hidden), "PNG"), damaged_exif(TEXT, 1)]
    for number, whole in enumerate(stored):
        (place / f"{number}.png").write_bytes(whole)
    images = folder.read(known()).train.images
    order = [f"{number}.png" for number in range(100)]
    deep, upright, empty, damaged = (images[sorted(order).index(f"{number}.png")] for number in range(4))
    np.testing.assert_array_equal(deep[..., 0], np.rint(ramp / 257))
    np.testing.assert_array_equal(upright, np.rot90(lying, -1))
    assert (empty == 255).all()
    assert np.abs(damaged.astype(int) - 90).max() <= 1


TEXT = entry(0x011A, 2, 2, b"7\0")
"""A resolution in words, in a JPEG."""


def test_every_format_that_pillow_decodes_is_taken_and_what_is_not_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8))
    forms = {"gif": "GIF", "JFIF": "JPEG", "avif": "AVIF", "jp2": "JPEG2000", "WebP": "WEBP", "tga": "TGA", "qoi": "QOI", "ico": "ICO"}
    for name, form in forms.items():
        (root / f"train/cat/x.{name}").write_bytes(content(image, form))
    for name in ("a.txt", "b.pdf", "c.heic", "d.eps", "e.png.bak", "f", "g.mpg"):
        (root / "train/dog" / name).write_text("else")
    (root / "train/stray.png").write_bytes(content(image, "PNG"))
    assert folder.read(known()).train.labels.tolist() == [0] * 108 + [1] * 100
    told = capsys.readouterr().err
    assert "mine: 7 not taken, no images by their names: " in told
    assert "mine: 1 not taken, files outside of a class: mine/train/stray.png" in told
    assert (
        "mine/train/dog/a.txt, mine/train/dog/b.pdf, mine/train/dog/c.heic, mine/train/dog/d.eps, mine/train/dog/e.png.bak and 2 more"
        in told
    )


def test_what_is_hidden_is_neither_a_class_nor_an_image(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = known()
    fingerprint = json.loads(Path("plan.json").read_text())["settings"]["data"]["fingerprint"]
    for split in ("train", "test"):
        for name in (".thumbnails", "__MACOSX", "@eaDir", "$RECYCLE.BIN", "lost+found"):
            (root / split / name).mkdir()
            (root / split / name / "0.png").write_bytes((root / "train/cat/0.png").read_bytes())
    for name in ("._0.png", ".hidden.png", "Thumbs.db", "desktop.ini"):
        (root / "train/cat" / name).write_bytes(b"no image")
    (root / "train/cat/.cache").mkdir()
    (root / "train/cat/.cache/0.png").write_bytes((root / "train/cat/1.png").read_bytes())
    assert fetched(fingerprint=fingerprint) == before
    assert "mine: 15 not taken, hidden or left by a system: " in capsys.readouterr().err


def test_links_are_followed_once_and_never_in_circles(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cat = root / "train/cat"
    (tmp_path / "pool").mkdir()
    photographs.save(np.full((8, 8, 3), 7), tmp_path / "pool/a.png")
    photographs.save(np.full((8, 8, 3), 8), tmp_path / "pool/b.png")
    (cat / "more").symlink_to(tmp_path / "pool")  # followed
    (cat / "z.png").symlink_to(tmp_path / "pool/b.png")  # the same file by another way
    (cat / "back").symlink_to(cat)
    (cat / "up").symlink_to(root)
    (cat / "sideways").symlink_to(root / "train/dog")  # where its images lie themselves, they stay
    (root / "test/cat/leak.png").symlink_to(cat / "0.png")
    (cat / "1.loop.png").symlink_to("2.loop.png")
    (cat / "2.loop.png").symlink_to("1.loop.png")
    (cat / "gone.png").symlink_to("nowhere.png")
    found = folder.read(known())
    assert found.train.labels.tolist() == [0] * 102 + [1] * 100
    assert found.test.labels.tolist() == [0] * 10 + [1] * 10
    told = capsys.readouterr().err
    assert "mine: 3 not taken, links to nowhere or in a circle: " in told
    assert "mine: 2 not taken, links to folders that hold them or were listed already: mine/train/cat/back, mine/train/cat/up" in told
    assert "mine: 102 not taken, the same files by another link: " in told


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_regular_file_is_passed_over(kind: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = root / "train/cat/x.png"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(place))
    assert len(folder.read(known()).train.labels) == 200
    assert "mine: 1 not taken, no regular files: mine/train/cat/x.png" in capsys.readouterr().err


def test_all_images_that_cannot_be_decoded_are_named_at_once_before_the_fingerprint(root: Path) -> None:
    for number in range(50):
        (root / f"train/cat/{number}.png").write_bytes(b"")
    with pytest.raises(UserError) as caught:
        fetched()
    head, *lines = str(caught.value).splitlines()
    assert head == "50 problems (of each: fix it or take it out)"
    assert len(lines) == 41
    assert lines[0] == "mine/train/cat/0.png: empty"
    assert lines[-1] == "... and 10 more"


@pytest.mark.parametrize("error", ["struct.error", "TypeError", "KeyError", "AttributeError", "RecursionError", "MemoryError"])
def test_whatever_pillow_raises_names_the_file(root: Path, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise struct.error("unpack") if error == "struct.error" else getattr(builtins, error)("within\nPillow")

    known()
    whole = (root / "train/dog/7.png").read_bytes()
    opened = Image.open
    monkeypatch.setattr(Image, "open", lambda file: fail(file) if file.getvalue() == whole else opened(file))
    with pytest.raises(
        UserError, match=r"^mine/train/dog/7\.png: cannot be read as an image \((unpack|'?within(\\n| )Pillow'?)\); fix it or take it out$"
    ):
        fetched()


def test_the_same_content_in_two_splits_or_classes_is_mentioned(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for source, target in (("train/cat/0", "test/cat/0"), ("train/cat/1", "test/cat/1"), ("train/cat/2", "train/dog/2")):
        (root / f"{target}.png").write_bytes((root / f"{source}.png").read_bytes())
    assert len(folder.read(known()).train.labels) == 200
    told = capsys.readouterr().err
    assert "mine: 2 found in train and test alike: " in told
    assert "mine: 1 found in several classes: mine/train/cat/2.png = mine/train/dog/2.png\n" in told


def test_a_name_that_is_not_utf8_is_one_line(root: Path) -> None:
    (root / "train/cat/0.png").rename(os.fsdecode(os.fsencode(root / "train/cat") + b"/\xff.png"))
    with pytest.raises(UserError, match=r"^mine: the name 'train/cat/.udcff\.png' is not UTF-8; rename it$"):
        fetched()


def test_a_class_folder_that_may_not_be_read_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def guarded(path: Path) -> Iterator[os.DirEntry[str]]:
        if str(path) == "mine/train/dog":  # to root nothing is forbidden
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(UserError, match=r"^mine/train/dog: Permission denied; give yourself the right to read it, or take it out$"):
        fetched()
    assert (root / "train/dog").is_dir()


def test_a_class_without_images_is_named_and_what_was_not_taken(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (root / "test/dog").iterdir():
        path.unlink()
    (root / "test/dog/notes.txt").touch()
    with pytest.raises(UserError, match=r"^mine/test/dog: no image in it; fill it or take it out$"):
        fetched()
    assert capsys.readouterr().err == "mine: 1 not taken, no images by their names: mine/test/dog/notes.txt\n"


def test_one_class_alone_is_refused(root: Path) -> None:
    for split in ("train", "test"):
        shutil.rmtree(root / split / "dog")
    with pytest.raises(UserError, match=r"^mine: only one class, cat; "):
        fetched()


def test_a_folder_of_awkward_files_is_told_file_by_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    colours = awkward(root / "train/cat/odd")
    with pytest.raises(UserError) as caught:
        fetched()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()[1:]] == [
        "mine/train/cat/odd/empty.png",
        "mine/train/cat/odd/text.png",
    ]
    for name in ("empty.png", "text.png"):
        (root / "train/cat/odd" / name).unlink()
    capsys.readouterr()
    images = folder.read(known()).train.images
    found = images[100 : 100 + len(colours)]  # by folder, then by name
    names = [*sorted(name for name in colours if "/" not in name), "sub/upper.JFIF"]
    for name, image in zip(names, found, strict=True):
        assert np.abs(image.astype(int) - colours[name]).max() <= 2, name
    told = capsys.readouterr().err
    assert all(name in told for name in ("odd/pipe.png", "odd/again.jpg", "odd/one.png", "odd/two.png", "odd/sub/up", "odd/notes.txt"))


def test_a_relative_root_starts_at_the_repository_also_where_dvc_works_aside(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aside").mkdir()
    monkeypatch.chdir(tmp_path / "aside")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))  # as dvc exp run --temp sets it
    with pytest.raises(UserError, match=f"^{root}: the fingerprint of these images is"):
        fetched()


def test_two_sizes_are_refused() -> None:
    settings = {"dataset": {"name": "folder", "size": 32}, "image_size": 48, "valid_size": 20}
    with pytest.raises(ValidationError, match=r"images of folder have 32 pixels by dataset\.size"):
        DataConfig.from_plain(settings)
    for size in (None, 32):
        assert DataConfig.from_plain({**settings, "image_size": size}).image_size == size
