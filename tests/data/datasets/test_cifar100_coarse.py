"""The coarse labels of CIFAR-100 against the pickles themselves, and the images against torchvision."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR100

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import cifar100, cifar100_coarse
from tests.data.datasets.agreement import REAL_ROOT
from tests.data.datasets.official import make


def test_labels_and_names_are_the_coarse_ones_of_the_same_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar100_coarse", tmp_path, monkeypatch)
    data, folder = cifar100_coarse.read(tmp_path), tmp_path / "cifar-100-python"
    for split, name in ((data.train, "train"), (data.test, "test")):
        assert split.labels.tolist() == pickle.loads((folder / name).read_bytes())["coarse_labels"]
        np.testing.assert_array_equal(split.images, CIFAR100(str(tmp_path), train=name == "train").data)
    assert data.classes == tuple(f"group {number}" for number in range(20))
    assert len(data.classes) == cifar100_coarse.PUBLISHED.classes


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar100_coarse", tmp_path, monkeypatch)
    (tmp_path / "cifar-100-python/meta").write_bytes(b"not a pickle")
    with pytest.raises(UserError, match=r"^cifar-100-python/meta is damaged"):
        cifar100_coarse.read(tmp_path)


@pytest.mark.skipif(not os.path.exists(f"{REAL_ROOT}/cifar-100-python"), reason="an extra check of the real files")  # noqa: PTH110
def test_each_real_coarse_class_holds_five_fine_ones() -> None:
    fine, coarse = cifar100.read(Path(REAL_ROOT)), cifar100_coarse.read(Path(REAL_ROOT))
    pairs = set(zip(coarse.train.labels.tolist(), fine.train.labels.tolist(), strict=True))
    assert sorted(label for label, _ in pairs) == sorted([*range(20)] * 5)
    assert (coarse.classes[0], fine.classes[0]) == ("aquatic_mammals", "apple")
