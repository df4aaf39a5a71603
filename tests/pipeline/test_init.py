"""`lightcnn init`: a project from images in each layout that people have; what it refuses, in one line and without a trace."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lightcnn import cli
from lightcnn.artifacts.prepared import read_meta
from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml
from lightcnn.data.image_folder.place import VARIABLE
from lightcnn.pipeline import init
from lightcnn.pipeline.params import load_params
from stages import fetch, prepare
from tests.data.datasets import photographs


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)


def prepared(project: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Do what the first stages of the project would; how many images each split has."""
    monkeypatch.chdir(project)
    data = load_params(Path("params.yaml")).data.to_plain()
    for stage, settings in (("fetch", {"data": data["dataset"]}), ("prepare", data)):
        Path(f"{stage}.json").write_text(json.dumps({"stage": stage, "name": None, "settings": settings, "code": {}}))
    fetch.main(Path("fetch.json"))
    prepare.main(Path("prepare.json"))
    return read_meta(Path("data/prepared")).counts


@pytest.mark.parametrize("layout", photographs.LAYOUTS)
def test_images_in_each_layout_are_prepared_without_touching_a_file(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.init(Path("project"), str(photographs.laid_out(Path(), layout)), size=8)
    counts = prepared(Path("project"), monkeypatch)
    given = {"parts": {"test": 10}, "all": {"test": 10, "valid": 10}, "list of parts": {"test": 10, "valid": 10}}.get(layout, {})
    assert {split: counts[split] for split in given} == given
    assert counts.keys() == {"train", "valid", "test"}
    assert sum(counts.values()) == 40 + sum(given.values())


def test_it_tells_what_to_type_and_the_path_is_in_no_file_that_git_sees(capsys: pytest.CaptureFixture[str]) -> None:
    cli.init(Path("project"), str(photographs.laid_out(Path(), "classes")), size=8, budget=5_000)
    told = capsys.readouterr().out
    assert told.endswith("\ncd project\ndvc repro\n\nand then: lightcnn predict models/classifier IMAGE\n")
    assert "take --no-flip" in told
    assert "40 images of 2 classes" in told
    ignored = (Path("project/.gitignore")).read_text().splitlines()
    holding = [path for path in Path("project").rglob("*") if path.is_file() and str(Path("sorted").absolute()) in path.read_text("utf-8")]
    assert holding == [Path("project/.lightcnn/images.json")]
    assert ".lightcnn/" in ignored
    assert read_yaml(Path("project/params.yaml"))["trainings"]["classifier"]["augment"][0]["flip"] is True


def test_options_reach_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    images = photographs.laid_out(Path(), "classes")
    (images / "rare").mkdir()
    shutil.copy(images / "cat/0.png", images / "rare/0.png")
    cli.init(Path("project"), str(images), size=12, min_images=5, no_flip=True)
    found = load_params(Path("project/params.yaml"))
    assert (found.data.dataset.config.size, found.data.dataset.config.min_images) == (12, 5)
    assert found.trainings["classifier"].augment[0].config.flip is False
    told = capsys.readouterr()
    assert "1 not taken, classes with fewer than 5 different images: rare (1)" in told.err
    assert "--no-flip" not in told.out


@pytest.mark.parametrize("name", ["cifar10", "mnist", "digits"])
def test_a_known_data_set_needs_no_images(name: str) -> None:
    cli.init(Path("project"), data=name)
    found = load_params(Path("project/params.yaml"))
    assert (found.data.dataset.name, found.data.image_size) == (name, None)


def test_update_shows_what_changed_and_moves_the_fingerprint_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images, path = photographs.laid_out(Path(), "classes"), Path("project/params.yaml")
    cli.init(Path("project"), str(images), size=8)
    path.write_text(f"# mine\n{path.read_text()}")
    before = path.read_text()
    cli.init(Path("project"), update=True)
    assert capsys.readouterr().out.endswith("nothing changed\n")
    assert path.read_text() == before
    (images / "cat/0.png").unlink()
    photographs.save(np.zeros((8, 8, 3)), images / "dog/new.png")
    cli.init(Path("project"), update=True)
    told = capsys.readouterr().out
    assert "1 new: dog/new.png\n1 gone: cat/0.png\n" in told
    old, new = (next(line for line in text.splitlines() if "fingerprint" in line) for text in (before, path.read_text()))
    assert old != new
    assert path.read_text() == before.replace(old, new)
    images.rename("moved")
    cli.init(Path("project"), "moved", update=True)
    assert capsys.readouterr().out.endswith("nothing changed\n")
    assert sum(prepared(Path("project"), monkeypatch).values()) == 40


def spoilt(change: Callable[[Path], object], layout: str = "classes") -> Callable[[], str]:
    """Images with which something is wrong."""

    def make() -> str:
        root = photographs.laid_out(Path(), layout)
        change(root)
        return str(root)

    return make


def few(root: Path) -> None:
    for number in range(18):
        (root / f"cat/{number}.png").unlink()


FAULTS: dict[str, tuple[Callable[[], str], dict[str, int], str]] = {
    "no path": (lambda: "nowhere", {}, "--images nowhere: not there; "),
    "empty": (lambda: str(Path("empty").mkdir() or "empty"), {}, "empty: no class in it; "),
    "no classes": (spoilt(lambda root: [shutil.move(path, root) for path in root.glob("cat/*")] + [shutil.rmtree(root / name) for name in photographs.CLASSES]), {}, "sorted: no class in it; "),
    "one class": (spoilt(lambda root: shutil.rmtree(root / "cat")), {}, "sorted: only one class, dog; "),
    "too few": (spoilt(few), {}, "sorted: the class cat has 2 different images; at least 3 are needed"),
    "all too few": (spoilt(few), {"min_images": 30}, "sorted: no image; at least two are needed"),
    "unreadable": (spoilt(lambda root: (root / "cat/0.png").write_bytes(b"")), {}, "sorted/cat/0.png: empty"),
    "no test of a class": (spoilt(lambda root: shutil.rmtree(root / "test/cat"), "parts"), {}, "images: every class needs a folder in train/ and in test/; only one of them has cat"),
    "nothing to train on": (spoilt(lambda root: shutil.rmtree(root / "train"), "parts"), {}, "images: there is test and no train; "),
    "a list of nothing": (spoilt(lambda path: path.write_text("file,label\n"), "list"), {}, "images/list.csv: no image; "),
    "another header": (spoilt(lambda path: path.write_text("a,b\n"), "list"), {}, "images/list.csv: the first line is a, b; "),
    "no budget": (spoilt(lambda _: None), {"budget": 10}, "--budget 10: the smallest network for 2 classes has "),
    "too small": (spoilt(lambda _: None), {"size": 3}, "--size 3: Input should be greater than or equal to 4"),
    "too large": (spoilt(lambda _: None), {"size": 513}, "--size 513: Input should be less than or equal to 512"),
    "least of two": (spoilt(lambda _: None), {"min_images": 2}, "--min-images 2: 3 at least"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_one_line_and_leaves_nothing_behind(
    fault: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make, options, said = FAULTS[fault]
    root = make()
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    monkeypatch.setattr(sys, "argv", ["lightcnn", "init", "project", "--images", root, *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert str(ended.value.code).startswith(f"lightcnn init: {said}")
    assert "\n" not in str(ended.value.code)
    assert not Path("project").exists()
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_that_holds_something_or_lies_among_the_images_is_refused_and_left_alone() -> None:
    images = photographs.laid_out(Path(), "classes")
    Path("thesis").mkdir()
    Path("thesis/text.txt").touch()
    with pytest.raises(UserError, match=r"^thesis: holds something that is no project; name an empty folder"):
        cli.init(Path("thesis"), str(images))
    with pytest.raises(UserError, match=r"^thesis: no project"):
        cli.init(Path("thesis"), update=True)
    assert [path.name for path in Path("thesis").iterdir()] == ["text.txt"]
    with pytest.raises(UserError, match=r"^sorted/project: lies among the images"):
        cli.init(images / "project", str(images))
    cli.init(Path("project"), str(images), size=8)
    before = Path("project/params.yaml").read_text()
    with pytest.raises(UserError, match=r"^project: a project already; --update looks"):
        cli.init(Path("project"), str(images), size=16)
    assert Path("project/params.yaml").read_text() == before


def test_options_that_do_not_go_together_are_refused() -> None:
    for options in ({}, {"images": "a", "data": "mnist"}):
        with pytest.raises(UserError, match=r"^give one of --images PATH and --data NAME"):
            cli.init(Path("project"), **options)
    with pytest.raises(UserError, match=r"^--update: goes with --images alone"):
        cli.init(Path("project"), update=True, size=32)
    with pytest.raises(UserError, match=r"^--data imagenet: no such data set \(there are: cifar10, .*\); --images PATH takes"):
        cli.init(Path("project"), data="imagenet")
    cli.init(Path("known"), data="mnist")
    with pytest.raises(UserError, match=r"^known/params\.yaml: of a published data set, whose images never change"):
        cli.init(Path("known"), update=True)


@pytest.mark.parametrize("existed", [False, True])
def test_a_failure_half_way_leaves_nothing(existed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    images = photographs.laid_out(Path(), "classes")
    if existed:
        Path("project").mkdir()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(init, "write_noted", fail)
    with pytest.raises(OSError, match="No space left"):
        cli.init(Path("project"), str(images), size=8)
    assert [path for path in Path.cwd().iterdir() if path.name == "project"] == ([Path.cwd() / "project"] if existed else [])
    assert not existed or list(Path("project").iterdir()) == []
