"""Fashion-MNIST's reader against torchvision's."""

from pathlib import Path

import pytest
from torchvision.datasets import FashionMNIST

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import fashion_mnist
from tests.data.datasets.agreement import REAL_ROOT, assert_same_as_torchvision, needs_real_data
from tests.data.datasets.official import make


def test_pixels_and_labels_are_those_of_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("fashion_mnist", tmp_path, monkeypatch)
    assert_same_as_torchvision(fashion_mnist.read(tmp_path), FashionMNIST, tmp_path)


def test_class_names_are_those_of_torchvision() -> None:
    assert list(fashion_mnist.CLASSES) == FashionMNIST.classes


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make("fashion_mnist", tmp_path, monkeypatch)
    labels = tmp_path / "FashionMNIST/raw/t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"^FashionMNIST/raw/t10k-labels-idx1-ubyte is damaged"):
        fashion_mnist.read(tmp_path)


@needs_real_data
def test_the_real_files_read_as_torchvision_reads_them() -> None:
    assert_same_as_torchvision(fashion_mnist.read(Path(REAL_ROOT)), FashionMNIST, REAL_ROOT)
