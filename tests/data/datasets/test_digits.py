"""Digits against scikit-learn's own."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from lightcnn.data.datasets import digits


def test_every_image_is_in_one_of_the_splits_with_its_label() -> None:
    data, bunch = digits.read(Path("nowhere")), load_digits()
    pixels = np.rint(bunch.images * 255 / 16 + 1e-9).astype(np.uint8)
    ours = [(image.tobytes(), label) for split in (data.train, data.test) for image, label in zip(*split, strict=True)]
    assert sorted(ours) == sorted((image.tobytes(), label) for image, label in zip(pixels, bunch.target, strict=True))


def test_images_are_grey_bytes_from_0_to_255() -> None:
    images = digits.read(Path("nowhere")).train.images
    assert images.shape[1:] == (8, 8, 1)
    assert images.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 255)


def test_a_fifth_of_every_class_is_for_testing() -> None:
    data = digits.read(Path("nowhere"))
    assert np.bincount(data.test.labels).tolist() == [count // 5 for count in np.bincount(load_digits().target)]


def test_splits_keep_the_order_and_take_the_fifth_of_each_class() -> None:
    seen, wanted = dict.fromkeys(range(10), 0), []
    for label in load_digits().target.tolist():
        seen[label] += 1
        wanted += [label] * (seen[label] % 5 == 0)
    assert digits.read(Path("nowhere")).test.labels.tolist() == wanted
