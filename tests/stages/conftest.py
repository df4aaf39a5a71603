"""A place to train in."""

from pathlib import Path

import pytest
import torch

from lightcnn import artefacts
from tests.helpers import DATA


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a prepared data set in it; torch's settings stay as they are."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "prepared"
    for name, split in (("train", DATA.train), ("valid", DATA.valid)):
        artefacts.write_arrays(folder / f"{name}.npz", images=split.images.numpy(), labels=split.labels.numpy())
    meta = {"name": "corners", "classes": list("abcd"), "channels": 1, "size": 12, "mean": [0.3], "std": [0.2], "counts": {}}
    artefacts.write_json(folder / "meta.json", meta)
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda _: None)
    return folder
