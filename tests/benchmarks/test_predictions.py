"""The benchmark of `lightcnn predict`, on a model in miniature whose evaluation says something else of one image."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import predictions
from lightcnn.core.arrays import write_arrays
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.reporting.report.benchmarks import benchmark
from tests.prediction import shipped

LABELS = np.arange(6) % 3


def write_results(root: Path) -> Path:
    """Six images of one colour each, and an evaluation that is right but for the last."""
    (root / "params.yaml").write_text("models: [colours]\n")
    shipped.write(root / "models/colours")
    images = np.broadcast_to(np.eye(3, dtype=np.uint8)[LABELS][:, None, None] * 200, (6, 8, 8, 3))
    meta = {"name": "colours", "classes": shipped.COLOURS, "channels": 3, "size": 8, "counts": {"test": 6}}
    write_json(root / "data/prepared/meta.json", {**meta, "mean": [0.5] * 3, "std": [0.3] * 3})
    write_arrays(root / "data/prepared/test.npz", images=images, labels=LABELS)
    said = np.where(np.arange(6) == 5, 0, LABELS).astype(np.uint8)
    arrays = {"labels": LABELS.astype(np.uint8), "predictions": np.stack([0 * said, said]), "logits": np.zeros((6, 3), np.float16)}
    shown = {"gallery_indices": np.arange(6), "gallery": images, "cams": np.zeros((6, 2, 2), np.uint8)}
    write_arrays(
        root / "evaluation/colours.npz", **arrays, **shown, features=np.zeros((6, 4), np.float16), nll=np.zeros(2), ece=np.zeros(2)
    )
    write_json(root / "runs/colours/config.json", {"seeds": [3, 7], "best_seed": 7})
    return root


def test_equal_answers_are_counted_by_format_and_the_wait_is_timed(tmp_path: Path) -> None:
    predictions.main(tmp_path / "out.json", write_results(tmp_path), starts=2)
    found = read_json(tmp_path / "out.json")
    row = found["models"]["colours"]
    assert (found["images"], found["starts"], row["png"], row["jpg"]) == (6, 2, 5, 5)
    assert 0 < row["start_s"]["least"] <= row["start_s"]["median"] <= row["start_s"]["most"]
    (cells,) = benchmark("predictions", found, {}).rows
    assert cells[:3] == ["colours", "5 of 6", "5 of 6"]


def test_no_starts_are_refused() -> None:
    with pytest.raises(UserError, match="at least one"):
        predictions.main(starts=0)
