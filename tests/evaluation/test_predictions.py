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
        "nll": "float64",
        "ece": "float64",
        "gallery_indices": "int32",
        "gallery": "uint8",
        "cams": "uint8",
        "features": "float16",
    }
    np.testing.assert_array_equal(arrays["logits"], logits[4])
    np.testing.assert_array_equal(arrays["predictions"], [np.arange(70), (np.arange(70) + 1) % 70])
    np.testing.assert_array_equal(arrays["labels"], np.arange(70))
    # Seed 0 says of each image its label, by a logit of 1 among 70; seed 4 says another of each.
    right = np.log(np.e + 69) - 1
    np.testing.assert_allclose(arrays["nll"], [right, right + 1])
    np.testing.assert_allclose(arrays["ece"], [1 - np.exp(-right), np.exp(-right)])
    assert all(arrays[key] is gallery[key] for key in gallery)


def says(labels: ndarray, mistaken: ndarray, classes: int) -> ndarray:
    """Logits that are wrong where they should be, the more surely the later."""
    said = labels.copy()
    said[mistaken] = (labels[mistaken] + 1) % classes
    sure = 3 + np.arange(len(labels)) / len(labels)
    return (np.eye(classes)[said] * sure[:, None]).astype(np.float32)


@pytest.mark.parametrize(
    ("images", "wrong", "kept"),
    [(200, 30, (34, 30)), (200, 3, (61, 3)), (200, 150, (24, 40)), (40, 10, (30, 10)), (40, 0, (40, 0)), (64, 64, (0, 64))],
)
def test_the_gallery_has_the_surest_mistakes_and_draws_the_others(images: int, wrong: int, kept: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 5, images)
    mistaken = generator.permutation(images)[:wrong]
    rows = predictions.gallery_indices(says(labels, mistaken, 5), labels)
    is_wrong = np.isin(rows, mistaken)
    assert len(set(rows.tolist())) == len(rows) == min(64, images)
    assert ((~is_wrong).sum(), is_wrong.sum()) == kept
    assert rows[len(rows) - min(16, wrong) :].tolist() == sorted(mistaken, reverse=True)[:16]


def test_of_images_sorted_by_class_the_gallery_and_the_features_show_all_classes() -> None:
    labels = np.repeat(np.arange(10), 50)
    mistaken = np.arange(0, 500, 3)
    logits = says(labels, mistaken, 10)
    rows = predictions.gallery_indices(logits, labels)
    is_right = np.isin(rows, mistaken, invert=True)
    assert len(set(labels[rows[is_right]][:10])) == len(set(labels[rows[~is_right]][:10])) == 10
    assert np.bincount(labels[predictions.feature_rows(labels)[:200]]).tolist() == [20] * 10


def test_a_thousand_classes_keep_their_numbers() -> None:
    labels = np.random.default_rng(0).permutation(1000)
    logits = {0: np.eye(1000, dtype=np.float32)[labels]}
    test = Arrays(random_images(1000, 4, 4, 3), labels)
    arrays = predictions.evaluation_arrays(logits, 0, test, np.zeros((1000, 8), np.float16), gallery_of(test, np.arange(64)))
    np.testing.assert_array_equal(arrays["labels"], labels)
    np.testing.assert_array_equal(arrays["predictions"], [labels])


def test_256_classes_still_fit_into_a_byte() -> None:
    labels = np.arange(256)
    test = Arrays(random_images(256, 4, 4, 3), labels)
    arrays = predictions.evaluation_arrays(
        {0: np.eye(256, dtype=np.float32)}, 0, test, np.zeros((256, 8), np.float16), gallery_of(test, np.arange(64))
    )
    assert arrays["labels"].dtype == arrays["predictions"].dtype == np.uint8


def test_numbers_that_half_precision_does_not_hold_keep_single_precision() -> None:
    logits = np.array([[1e5, -2e5], [3.0, 4.0]], np.float32)
    test = Arrays(random_images(2, 4, 4, 3), np.array([0, 1]))
    arrays = predictions.evaluation_arrays({0: logits}, 0, test, np.zeros((2, 8), np.float16), gallery_of(test, np.arange(2)))
    np.testing.assert_array_equal(arrays["logits"], logits)
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 2)).eval()
    features = predictions.features_of(network, Normalize((0.0,), (1e-6,)), torch.from_numpy(random_images(3, 4, 4, 1)))
    assert np.isfinite(features).all()


@pytest.mark.parametrize("size", [48, 64, 72, 80, 224])
def test_images_of_any_size_leave_features_enough_to_draw_a_plane_of(size: int) -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * size**2, 10)).eval()
    test = Arrays(random_images(250, size, size, 3), np.arange(250) % 10)
    features = predictions.features_of(network, Normalize((0.5,) * 3, (0.25,) * 3), torch.from_numpy(test.images))
    logits = np.eye(10, dtype=np.float32)[test.labels]
    arrays = predictions.evaluation_arrays({0: logits}, 0, test, features, gallery_of(test, np.arange(64)))
    assert len(arrays["features"]) >= 200
    assert arrays["features"].nbytes < 1_000_000


def test_very_wide_features_are_means_of_neighbours() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(64 * 64 * 3, 2)).eval()
    images = random_images(70, 64, 64, 3)
    pixels = (images.transpose(0, 3, 1, 2).reshape(70, -1) / 255 - 0.5) / 0.25
    features = predictions.features_of(network, Normalize((0.5,) * 3, (0.25,) * 3), torch.from_numpy(images))
    np.testing.assert_allclose(features, pixels.reshape(70, 1024, 12).mean(2), atol=2e-3)
