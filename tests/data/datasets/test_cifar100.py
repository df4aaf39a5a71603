"""CIFAR-100's reader against torchvision's."""

from pathlib import Path

import pytest
from torchvision.datasets import CIFAR100

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import cifar100
from tests.data.datasets.agreement import REAL_ROOT, assert_same_as_torchvision, needs_real_data
from tests.data.datasets.official import make


def test_knows_the_md5s_that_torchvision_knows() -> None:
    known = dict([*CIFAR100.train_list, *CIFAR100.test_list, (CIFAR100.meta["filename"], CIFAR100.meta["md5"])])
    assert {f"{CIFAR100.base_folder}/{file}": md5 for file, md5 in known.items()} == cifar100.FILES


def test_pixels_and_labels_are_those_of_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar100", tmp_path, monkeypatch)
    data = cifar100.read(tmp_path)
    assert_same_as_torchvision(data, CIFAR100, tmp_path)
    assert list(data.classes) == CIFAR100(str(tmp_path)).classes


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar100", tmp_path, monkeypatch)
    (tmp_path / "cifar-100-python/train").write_bytes(b"not a pickle")
    with pytest.raises(UserError, match=r"^cifar-100-python/train is damaged"):
        cifar100.read(tmp_path)


@needs_real_data
def test_the_real_files_read_as_torchvision_reads_them() -> None:
    data = cifar100.read(Path(REAL_ROOT))
    assert_same_as_torchvision(data, CIFAR100, REAL_ROOT)
    assert data.classes[:1] + data.classes[-1:] == ("apple", "worm")
