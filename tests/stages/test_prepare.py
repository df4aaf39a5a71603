"""Prepared files: the official images, each once, split as told, the same bytes each time, whole or not at all."""

import errno
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lightcnn.artifacts.prepared import read_meta, read_split
from lightcnn.core.errors import UserError
from stages import prepare
from tests.data.datasets.official import NAMES, make


def run_prepare(folder: Path, name: str, **settings: Any) -> Path:
    """Run the stage on folder/raw, and return where its files are."""
    plan = {
        "stage": "test",
        "name": None,
        "settings": {"dataset": {"name": name}, "image_size": None, "valid_size": 100, "split_seed": 0, **settings},
        "code": {},
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    prepare.main(folder / "plan.json", folder / "raw", folder / "prepared")
    return folder / "prepared"


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pairs(split: Any) -> list[tuple[bytes, int]]:
    """Images and their labels, to be compared."""
    return [(image.tobytes(), int(label)) for image, label in zip(split.images, split.labels, strict=True)]


@pytest.mark.parametrize("name", NAMES)
def test_train_and_valid_are_the_official_training_images_each_once_and_in_order(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = make(name, tmp_path / "raw", monkeypatch)
    raw = official.component.read(tmp_path / "raw")
    size = min(100, len(raw.train.labels) // 2)
    out = run_prepare(tmp_path, name, valid_size=size)
    train, valid, test = (read_split(out, split) for split in ("train", "valid", "test"))
    held = set(pairs(valid))
    assert len(held) == len(valid.labels) == size
    assert pairs(train) == [pair for pair in pairs(raw.train) if pair not in held]
    assert pairs(valid) == [pair for pair in pairs(raw.train) if pair in held]
    assert pairs(test) == pairs(raw.test)
    assert train.labels.dtype == valid.labels.dtype == test.labels.dtype == np.int64


@pytest.mark.parametrize("name", ["cifar10", "mnist", "digits"])
def test_meta_says_what_is_in_the_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in NAMES:
        make(name, tmp_path / "raw", monkeypatch)
    out = run_prepare(tmp_path, name, image_size=16)
    meta, train = read_meta(out), read_split(out, "train")
    assert meta.name == name
    assert len(meta.classes) == 10
    assert train.images.shape == (meta.counts["train"], meta.size, meta.size, meta.channels)
    assert meta.size == 16
    assert meta.counts == {split: len(read_split(out, split).labels) for split in ("train", "valid", "test")}
    assert meta.mean == pytest.approx((train.images / 255).mean((0, 1, 2)), rel=1e-12)
    assert meta.std == pytest.approx((train.images / 255).std((0, 1, 2)), rel=1e-12)


def test_the_same_settings_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path / "raw", monkeypatch)
    first = bytes_in(run_prepare(tmp_path, "cifar10", image_size=24))
    assert set(first) == {"train.npz", "valid.npz", "test.npz", "meta.json"}
    assert bytes_in(run_prepare(tmp_path, "cifar10", image_size=24)) == first


def test_another_seed_holds_out_other_images_and_leaves_test_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path / "raw", monkeypatch)
    first, other = (bytes_in(run_prepare(tmp_path, "cifar10", split_seed=seed)) for seed in (0, 1))
    assert first["valid.npz"] != other["valid.npz"]
    assert first["test.npz"] == other["test.npz"]


def test_each_class_is_held_out_in_proportion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("cifar10", tmp_path / "raw", monkeypatch)
    counts = np.bincount(official.component.read(tmp_path / "raw").train.labels)
    valid = read_split(run_prepare(tmp_path, "cifar10", valid_size=60), "valid")
    assert counts.max() > counts.min()
    assert np.abs(np.bincount(valid.labels, minlength=10) - 60 * counts / counts.sum()).max() < 1


@pytest.mark.parametrize("size", [9, 200])
def test_a_size_that_cannot_be_held_out_is_named_and_what_was_there_stays(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("cifar10", tmp_path / "raw", monkeypatch)
    before = bytes_in(run_prepare(tmp_path, "cifar10"))
    with pytest.raises(UserError, match=f"^valid_size {size}: "):
        run_prepare(tmp_path, "cifar10", valid_size=size)
    assert bytes_in(tmp_path / "prepared") == before


def test_a_hostile_pickle_does_nothing_and_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path / "raw", monkeypatch)
    before, mark = bytes_in(run_prepare(tmp_path, "cifar10")), tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(mark),)

    (tmp_path / "raw/cifar-10-batches-py/data_batch_5").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(
        UserError, match=f"^{tmp_path}/raw: cifar-10-batches-py/data_batch_5 is damaged .*`dvc repro .*fetch` fetches it again$"
    ):
        run_prepare(tmp_path, "cifar10")
    assert not mark.exists()
    assert bytes_in(tmp_path / "prepared") == before


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="MNIST/raw/train-images-idx3-ubyte is missing"):
        run_prepare(tmp_path, "mnist")


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bytes_in(run_prepare(tmp_path, "digits"))

    def full(path: Path, _: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(prepare, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        run_prepare(tmp_path, "digits", split_seed=1)
    assert bytes_in(tmp_path / "prepared") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "prepared"]


def test_where_the_new_folder_cannot_be_moved_in_the_old_one_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, rename = bytes_in(run_prepare(tmp_path, "digits")), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="Input/output"):
        run_prepare(tmp_path, "digits", split_seed=1)
    assert bytes_in(tmp_path / "prepared") == before
