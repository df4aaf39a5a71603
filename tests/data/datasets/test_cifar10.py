"""CIFAR-10's reader against torchvision's, and that it unpickles nothing but what is official."""

import os
import pickle
from pathlib import Path

import pytest
from torchvision.datasets import CIFAR10

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import cifar10
from lightcnn.data.prepare import statistics
from tests.data.datasets.agreement import REAL_ROOT, assert_same_as_torchvision, needs_real_data
from tests.data.datasets.official import make


def test_knows_the_md5s_that_torchvision_knows() -> None:
    known = dict([*CIFAR10.train_list, *CIFAR10.test_list, (CIFAR10.meta["filename"], CIFAR10.meta["md5"])])
    assert {f"{CIFAR10.base_folder}/{file}": md5 for file, md5 in known.items()} == cifar10.FILES


def test_pixels_and_labels_are_those_of_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path, monkeypatch)
    data = cifar10.read(tmp_path)
    assert_same_as_torchvision(data, CIFAR10, tmp_path)
    assert list(data.classes) == CIFAR10(str(tmp_path)).classes


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("file", ["data_batch_1", "data_batch_5", "test_batch", "batches.meta"])
def test_a_hostile_pickle_under_an_official_name_is_not_unpickled(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path, monkeypatch)
    hostile, mark = tmp_path / "cifar-10-batches-py" / file, tmp_path / "sprung"
    hostile.write_bytes(pickle.dumps(Trap(mark)))
    with pytest.raises(UserError, match=f"^cifar-10-batches-py/{file} is damaged"):
        cifar10.read(tmp_path)
    assert not mark.exists()
    pickle.loads(hostile.read_bytes())
    assert mark.exists(), "the trap itself does not work"


def test_what_is_unpickled_is_what_was_checked_even_if_the_file_changes_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("cifar10", tmp_path, monkeypatch)
    mark, honest = tmp_path / "sprung", Path.read_bytes

    def read_and_swap(path: Path) -> bytes:
        content = honest(path)
        path.write_bytes(pickle.dumps(Trap(mark)))
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_swap)
    assert len(cifar10.read(tmp_path).train.labels) == 200
    assert not mark.exists()


@needs_real_data
def test_the_real_files_read_as_torchvision_reads_them_with_the_known_statistics() -> None:
    data = cifar10.read(Path(REAL_ROOT))
    assert_same_as_torchvision(data, CIFAR10, REAL_ROOT)
    assert data.classes[:2] + data.classes[-1:] == ("airplane", "automobile", "truck")
    mean, std = statistics(data.train.images)
    assert mean == pytest.approx((0.4914, 0.4822, 0.4465), abs=5e-5)
    assert std == pytest.approx((0.2470, 0.2435, 0.2616), abs=5e-5)
