"""What a reader has to agree with torchvision on."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lightcnn.data.datasets._official import RawData

REAL_ROOT = os.environ.get("LIGHTCNN_DATA_ROOT", "")
needs_real_data = pytest.mark.skipif(not REAL_ROOT, reason="an extra check of the real files, for those who set LIGHTCNN_DATA_ROOT")


def assert_same_as_torchvision(data: RawData, theirs: Any, root: str | Path) -> None:
    """Pixels, labels and their types are those of torchvision's class `theirs` under `root`."""
    for ours, train in ((data.train, True), (data.test, False)):
        wanted = theirs(str(root), train=train, download=False)
        pixels = np.asarray(wanted.data)
        assert ours.images.dtype == np.uint8
        assert ours.labels.dtype == np.int64
        np.testing.assert_array_equal(ours.images, pixels if pixels.ndim == 4 else pixels[..., None])
        np.testing.assert_array_equal(ours.labels, np.asarray(wanted.targets))
