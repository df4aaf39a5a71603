"""What an evaluation keeps: the right features, and no more bytes than agreed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy import ndarray
from torch import nn

from lightcnn.artifacts.prepared import Arrays
from lightcnn.core.arrays import write_arrays
from lightcnn.data.normalize import Normalize, as_maps
from lightcnn.evaluation import predictions

NORMALISE = Normalize((0.5,), (0.25,))


def random_images(*shape: int) -> ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def kept(size: int, channels: int, classes: int, seeds: int, width: int) -> dict[str, ndarray]:
    """The arrays of an evaluation on 10,000 images."""
    generator = np.random.default_rng(0)
    logits = {seed: generator.normal(size=(10_000, classes)).astype(np.float32) for seed in range(seeds)}
    test = Arrays(random_images(10_000, size, size, channels), generator.integers(0, classes, 10_000))
    return predictions.evaluation_arrays(logits, seeds - 1, test, np.zeros((1000, width), np.float16), gallery_of(test, np.arange(64)))


def gallery_of(test: Arrays, rows: ndarray) -> dict[str, ndarray]:
    """Test images with maps a quarter as wide."""
    side = test.images.shape[1] // 4
    return {"gallery_indices": rows.astype(np.int32), "gallery": test.images[rows], "cams": np.zeros((len(rows), side, side), np.uint8)}


@pytest.mark.parametrize("last", [nn.Linear(6, 3), nn.Sequential(nn.Unflatten(1, (6, 1, 1)), nn.Conv2d(6, 3, 1), nn.Flatten())])
def test_features_are_what_the_last_layer_with_weights_reads(last: nn.Module) -> None:
    trunk = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    images = torch.from_numpy(random_images(5, 8, 8, 1))
    features = predictions.features_of(nn.Sequential(trunk, last, nn.Softmax(1)), NORMALISE, images)
    assert features.dtype == np.float16
    np.testing.assert_allclose(features, trunk(NORMALISE(as_maps(images))).detach(), atol=1e-3)


def test_last_is_what_runs_last_not_what_was_defined_last() -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head, self.trunk = nn.Linear(4, 2), nn.Conv2d(1, 4, 8)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.head(self.trunk(images).flatten(1))

    network = Backwards()
    assert predictions.features_of(network, NORMALISE, torch.from_numpy(random_images(3, 8, 8, 1))).shape == (3, 4)
    assert not network.head._forward_pre_hooks


@pytest.mark.parametrize(("size", "channels", "seeds", "rows"), [(32, 3, 1, 1000), (32, 3, 3, 880), (32, 3, 5, 570), (28, 1, 3, 1000)])
def test_ten_classes_fit_into_500_kb_with_hundreds_of_features(size: int, channels: int, seeds: int, rows: int, tmp_path: Path) -> None:
    arrays = kept(size, channels, 10, seeds, width=32)
    write_arrays(tmp_path / "evaluation.npz", **arrays)
    assert (tmp_path / "evaluation.npz").stat().st_size <= 500_000
    assert len(arrays["features"]) >= rows
    assert arrays["features"].nbytes <= 150_000


def test_wide_features_are_fewer() -> None:
    features = kept(28, 1, 10, 3, width=320)["features"]
    assert features.shape == (150_000 // 640, 320)


def test_a_hundred_classes_still_have_some_features() -> None:
    assert len(kept(32, 3, 100, 3, width=32)["features"]) == 25_000 // 64


def test_what_is_kept_is_what_was_found() -> None:
    logits = {0: np.eye(70, dtype=np.float32), 4: np.roll(np.eye(70, dtype=np.float32), 1, axis=1)}
    test = Arrays(random_images(70, 4, 4, 3), np.arange(70))
    gallery = gallery_of(test, np.arange(6, 70))
    arrays = predictions.evaluation_arrays(logits, 4, test, np.ones((70, 8), np.float16), gallery)
    assert {name: array.dtype.name for name, array in arrays.items()} == {
        "logits": "float16",
        "predictions": "uint8",
        "labels": "uint8",
        "gallery_indices": "int32",
        "gallery": "uint8",
        "cams": "uint8",
        "features": "float16",
    }
    np.testing.assert_array_equal(arrays["logits"], logits[4])
    np.testing.assert_array_equal(arrays["predictions"], [np.arange(70), (np.arange(70) + 1) % 70])
    np.testing.assert_array_equal(arrays["labels"], np.arange(70))
    assert all(arrays[key] is gallery[key] for key in gallery)


@pytest.mark.parametrize(("images", "wrong"), [(200, 30), (200, 3), (40, 10), (40, 0), (64, 64)])
def test_the_gallery_has_the_surest_mistakes_and_the_first_of_the_others(images: int, wrong: int) -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 5, images)
    mistaken = generator.permutation(images)[:wrong]
    said = labels.copy()
    said[mistaken] = (labels[mistaken] + 1) % 5
    sure = generator.permutation(images) / images + 1
    logits = (np.eye(5)[said] * sure[:, None]).astype(np.float32)
    surest = set(sorted(mistaken, key=lambda row: -sure[row])[:16])
    others = [row for row in range(images) if row not in surest][: 64 - len(surest)]
    assert predictions.gallery_indices(logits, labels).tolist() == sorted({*surest, *others})
