"""File formats: whole or not at all, the same bytes each time, and nothing is run by reading."""

import json
import os
import re
import tomllib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from lightcnn.artifacts.prepared import Meta, read_meta, read_split
from lightcnn.core.arrays import read_arrays, write_arrays
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, atomic_write, read_json, write_bytes, write_json
from lightcnn.core.tables import read_table, write_table
from lightcnn.pipeline.fingerprints import PACKAGE_DATA, read_sources
from lightcnn.pipeline.plan_file import read_plan
from tests.helpers import ROOT


class Broken(Exception):
    """Something went wrong half-way."""


def break_off(writing: AbstractContextManager[Path]) -> None:
    """Write something, then fail."""
    with writing as part:
        (part / "b" if part.is_dir() else part).write_text("new, but")
        raise Broken


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    for content in (b"long content", b"short"):
        write_bytes(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_who_is_reading_the_old_file_goes_on_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with path.open("rb") as reader:
        write_bytes(path, b"new")
        assert reader.read() == b"old"


def test_a_failure_half_way_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with pytest.raises(Broken):
        break_off(atomic_write(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def fill(folder: Path, *names: str) -> None:
    with atomic_folder(folder) as new:
        for name in names:
            (new / name).write_text(name)


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    fill(folder, "a", "b")
    fill(folder, "b", "c")
    assert sorted(path.name for path in folder.iterdir()) == ["b", "c"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_failure_half_way_leaves_the_old_folder_and_no_litter(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    fill(folder, "a")

    with pytest.raises(Broken):
        break_off(atomic_folder(folder))
    assert [path.name for path in folder.iterdir()] == ["a"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_moved_there_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, rename = tmp_path / "folder", Path.rename
    fill(folder, "a")

    def failing(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise Broken
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(Broken):
        fill(folder, "b")
    assert [path.name for path in folder.iterdir()] == ["a"]


ARRAYS = {"images": np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3), "labels": np.array([3, 1])}


def test_arrays_come_back_and_the_same_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.npz", tmp_path / "elsewhere" / "two.npz"
    write_arrays(one, **ARRAYS)
    os.utime(one, (0, 0))
    write_arrays(two, **{name: array.copy() for name, array in ARRAYS.items()})
    assert one.read_bytes() == two.read_bytes()
    found = read_arrays(two)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_an_archive_asks_for_no_extension_that_pythons_write_otherwise(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", **ARRAYS)
    with ZipFile(tmp_path / "a.npz") as archive:
        # 2.0 of the format is for plain entries; 4.5 would be zip64.
        assert [(entry.filename, entry.extract_version, entry.extra) for entry in archive.infolist()] == [
            ("images.npy", 20, b""),
            ("labels.npy", 20, b""),
        ]
    with np.load(tmp_path / "a.npz") as found:
        np.testing.assert_array_equal(found["images"], ARRAYS["images"])


def test_a_split_without_labels_is_told(tmp_path: Path) -> None:
    write_arrays(tmp_path / "valid.npz", images=ARRAYS["images"])
    with pytest.raises(UserError, match=r"valid\.npz: holds no 'labels"):
        read_split(tmp_path, "valid")


def test_a_split_is_images_and_labels(tmp_path: Path) -> None:
    write_arrays(tmp_path / "valid.npz", **ARRAYS)
    images, labels = read_split(tmp_path, "valid")
    np.testing.assert_array_equal(images, ARRAYS["images"])
    np.testing.assert_array_equal(labels, ARRAYS["labels"])


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("sprung",)


def test_a_pickled_object_is_neither_read_nor_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "trap.npz", labels=np.array([Trap()], object))
    with pytest.raises(UserError, match="damaged"):
        read_arrays(tmp_path / "trap.npz")
    assert not Path("sprung").exists()
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(tmp_path / "mine.npz", labels=np.array([Trap()], object))
    assert not Path("mine.npz").exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 cut"])
def test_damaged_arrays_are_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.npz: damaged \(.*\); delete it and `dvc repro`"):
        read_arrays(tmp_path / "a.npz")


@pytest.mark.parametrize("read", [read_arrays, read_json])
def test_what_is_not_there_is_named_with_the_way_out(tmp_path: Path, read: Any) -> None:
    with pytest.raises(UserError, match="nowhere: missing; run `dvc repro`"):
        read(tmp_path / "nowhere")


def test_json_reads_well_in_a_diff_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    content = {"b": 1, "a": [0.1, None, "\u00e9"]}
    write_json(path, content)
    assert path.read_text("utf-8") == '{\n  "b": 1,\n  "a": [\n    0.1,\n    null,\n    "\u00e9"\n  ]\n}\n'
    assert read_json(path) == content


def test_what_json_has_no_word_for_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"{'a': 1}", b"[" * 100_000, b'{"a": "\\ud800"}'])
def test_what_is_no_json_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.json: not readable as JSON") as caught:
        read_json(tmp_path / "a.json")
    assert "\n" not in str(caught.value)


class Settings(StrictModel):
    items: tuple[int, ...]


def test_a_stage_reads_its_settings_from_its_plan(tmp_path: Path) -> None:
    write_json(tmp_path / "plan.json", {"stage": "x", "name": "run", "settings": {"items": [1, 2]}, "code": {}})
    name, settings = read_plan(tmp_path / "plan.json", Settings)
    assert (name, settings.items) == ("run", (1, 2))


@pytest.mark.parametrize(
    "content",
    [{}, [], None, {"settings": {}}, {"settings": {"items": ["1"]}}, {"stage": "x", "name": None, "settings": {"items": [], "more": 1}}],
)
def test_a_plan_of_another_version_is_told(tmp_path: Path, content: Any) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"plan\.json: not a plan of this version; `dvc repro plan`"):
        read_plan(tmp_path / "plan.json", Settings)


META = {"name": "x", "classes": ["a", "b"], "channels": 1, "size": 8, "mean": [0.5], "std": [0.1], "counts": {"train": 4}}


def test_meta_comes_back_and_a_stranger_is_told(tmp_path: Path) -> None:
    write_json(tmp_path / "meta.json", Meta.from_plain(META).to_plain())
    assert read_meta(tmp_path).classes == ("a", "b")
    write_json(tmp_path / "meta.json", {**META, "size": "8"})
    with pytest.raises(UserError, match=r"meta\.json: not of this version"):
        read_meta(tmp_path)


def test_a_table_keeps_every_bit_of_a_float32(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).random(200, np.float32)
    rows = [{"epoch": row, "opened": "a+b", "loss": float(value)} for row, value in enumerate(numbers)]
    write_table(tmp_path / "a.tsv", ("epoch", "opened", "loss"), rows)
    assert (tmp_path / "a.tsv").read_text().startswith("epoch\topened\tloss\n0\ta+b\t0.")
    found = read_table(tmp_path / "a.tsv")
    assert [np.float32(row["loss"]) for row in found] == numbers.tolist()
    assert found[3]["epoch"] == "3"


def test_what_packaging_leaves_out_is_no_source(tmp_path: Path) -> None:
    packaged = {"lightcnn/a.py": b"", "lightcnn/deep/b_2.py": b"", "lightcnn/deep/page.html.jinja": b"", "stages/style.css": b""}
    left = ("a.py.rej", "a.py.orig", "a 2.py", "a-old.py", "a.json", "notes.txt", "a.py~", ".hidden.py", "._page.css", "deep copy/a.py")
    for name in (*packaged, *(f"lightcnn/{name}" for name in left), "lightcnn/.ipynb_checkpoints/a.py", "lightcnn/__pycache__/a.pyc"):
        write_bytes(tmp_path / name, b"")
    assert read_sources(tmp_path) == packaged


def test_package_data_is_what_pyproject_takes() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert declared == {"*": [f"*{suffix}" for suffix in PACKAGE_DATA], "lightcnn.pipeline": ["template/*"]}
    beside = (
        path
        for folder in ("lightcnn", "stages")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.parent.name != "template"
    )
    assert {path.suffix for path in beside if path.suffix not in (".py", ".pyc")} <= {*PACKAGE_DATA}


def test_sources_are_code_and_what_lies_beside_it(tmp_path: Path) -> None:
    for name in (
        "lightcnn/a.py",
        "lightcnn/deep/page.html",
        "stages/b.py",
        "lightcnn/__pycache__/a.pyc",
        "lightcnn/.a.py.swp",
        "tests/c.py",
    ):
        write_bytes(tmp_path / name, name.encode())
    assert read_sources(tmp_path) == {name: name.encode() for name in ("lightcnn/a.py", "lightcnn/deep/page.html", "stages/b.py")}


@pytest.mark.parametrize("theirs", ["thesis.txt", "deep/er/a.json", ".ssh/key", "a.json.bak"])
def test_a_folder_with_a_file_of_somebody_elses_is_refused_and_left_alone(tmp_path: Path, theirs: str) -> None:
    for name in ("a.json", "kind/b.json", theirs):
        write_bytes(tmp_path / "folder" / name, b"kept")
    with (
        pytest.raises(UserError, match=f"{re.escape(theirs)}: not of this command's making"),
        atomic_folder(tmp_path / "folder", ("*.json", "kind/*.json")),
    ):
        pass
    assert {path.relative_to(tmp_path / "folder").as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {
        *("a.json", "kind/b.json", theirs)
    }


def test_a_folder_with_files_of_the_callers_own_and_a_file_managers_is_replaced(tmp_path: Path) -> None:
    for name in ("a.json", "kind/b.json", ".DS_Store"):
        write_bytes(tmp_path / "folder" / name, b"old")
    with atomic_folder(tmp_path / "folder", ("*.json", "kind/*.json")) as new:
        (new / "c.json").write_text("new")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["c.json"]


def test_a_file_in_the_place_of_a_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with (
        pytest.raises(UserError, match=r"README\.md: not of this command's making"),
        atomic_folder(tmp_path / "README.md", ("*.json",)),
    ):
        pass
    assert (tmp_path / "README.md").read_text() == "mine"
