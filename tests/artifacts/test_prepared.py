"""A prepared data set that is not what it should be: one line that names the file, whatever is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from lightcnn.artifacts.prepared import read_meta, read_split
from lightcnn.core.arrays import write_arrays
from lightcnn.core.errors import UserError

LABELS = np.arange(12) % 3
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
FORM = (3, 8, 3)


def written(folder: Path, images: ndarray = IMAGES, labels: ndarray = LABELS, split: str = "train") -> Path:
    write_arrays(folder / f"{split}.npz", images=images, labels=labels)
    return folder


def test_what_is_right_is_read(tmp_path: Path) -> None:
    for split, labels in (("train", LABELS), ("test", LABELS % 2)):
        np.testing.assert_array_equal(read_split(written(tmp_path, labels=labels, split=split), split, FORM, 12).labels, labels)


WRONG: dict[str, tuple[dict[str, ndarray], str]] = {
    "float images": ({"images": IMAGES.astype(np.float32)}, "images are float32"),
    "signed images": ({"images": IMAGES.astype(np.int8)}, "images are int8"),
    "one image": ({"images": IMAGES[0]}, r"images are uint8 \[8, 8, 3\]"),
    "float labels": ({"labels": LABELS.astype(float)}, "labels are float64"),
    "narrow labels": ({"labels": LABELS.astype(np.uint8)}, "labels are uint8"),
    "text labels": ({"labels": np.array(list("abcabcabcabc"))}, "labels are <U1"),
    "soft labels": ({"labels": np.eye(3, dtype=np.int64)[LABELS]}, r"labels are int64 \[12, 3\]"),
    "fewer labels": ({"labels": LABELS[:11]}, "12 images and 11 labels"),
    "fewer of both": ({"images": IMAGES[:9], "labels": LABELS[:9]}, "9 images and 9 labels instead of 12"),
    "nothing": ({"images": IMAGES[:0], "labels": LABELS[:0]}, "there is no image in it"),
    "another size": ({"images": IMAGES[:, :7, :7]}, "images of 7 x 7 x 3 instead of 8 x 8 x 3"),
    "not square": ({"images": IMAGES[:, :7]}, "images of 7 x 8 x 3"),
    "grey": ({"images": IMAGES[..., :1]}, "images of 8 x 8 x 1"),
    "a label too high": ({"labels": LABELS + 1}, "labels from 1 to 3, and there are 3 classes"),
    "a label below zero": ({"labels": LABELS - 1}, "labels from -1 to 1"),
    "one class": ({"labels": np.zeros(12, np.int64)}, "all images are of the class 0"),
    "a class less": ({"labels": LABELS % 2}, "no image of 1 classes, of 2 for one"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_split_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    arrays, reason = WRONG[what]
    with pytest.raises(UserError, match=rf"^{tmp_path}/train\.npz: {reason}.*; `dvc repro prepare` recreates it$"):
        read_split(written(tmp_path, **arrays), "train", FORM, 12)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": []},
        {"channels": 0},
        {"size": -8},
        {"mean": [0.5] * 2},
        {"std": []},
        {"mean": [127.0] * 3},
        {"std": [-0.1] * 3},
        {"mean": [float("nan")] * 3},
        {"counts": {"train": 0}},
    ],
)
def test_numbers_that_no_data_set_has_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    meta = {"name": "x", "classes": ["a", "b"], "channels": 3, "size": 8, "mean": [0.5] * 3, "std": [0.2] * 3, "counts": {"train": 12}}
    (tmp_path / "meta.json").write_text(str(meta | change).replace("'", '"').replace("nan", "NaN"))
    with pytest.raises(UserError, match=r"meta\.json: not of this version; `dvc repro prepare`"):
        read_meta(tmp_path)
