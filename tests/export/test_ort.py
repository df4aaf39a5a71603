"""ONNX Runtime as it is wrapped here."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from lightcnn.core.errors import UserError
from lightcnn.export import ort
from tests.helpers import ROOT

MEANS = """
    <ir_version: 10, opset_import: ["" : 18]>
    means (uint8[batch, 3, 4, 4] images) => (float[batch, 3] logits)
    {
        pixels = Cast <to = 1> (images)
        pooled = GlobalAveragePool (pixels)
        logits = Flatten (pooled)
    }
"""
"""A model whose logits are the means of the channels."""


def write_model(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(onnx.parser.parse_model(MEANS).SerializeToString())
    return path


@pytest.mark.parametrize("batch_size", [1, 4, 7, 100])
def test_each_image_gets_its_own_logits_in_order_whatever_the_batch(batch_size: int, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3), dtype=np.uint8)
    session = ort.open_session(write_model(tmp_path / "model.onnx"))
    np.testing.assert_allclose(ort.logits_of(session, images, batch_size), images.mean((1, 2)), rtol=1e-6)


def test_runs_on_as_many_threads_as_told(tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.onnx")
    for threads in (1, 2):
        options = ort.open_session(path, threads).get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)


@pytest.mark.parametrize("first", ["lightcnn.export.ort", "lightcnn.export.int8", "stages.latency"])
def test_the_home_of_the_user_is_left_alone_whatever_loads_the_library(first: str, tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.onnx")
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    code = f"import {first}; from pathlib import Path; from lightcnn.export.ort import open_session; open_session(Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**environment, "HOME": str(home)}, check=True, timeout=60)
    assert list(home.iterdir()) == []


def test_what_is_missing_or_damaged_is_named_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "damaged.onnx").write_bytes(b"junk")
    for name in ("damaged", "missing"):
        with pytest.raises(UserError, match=rf"^{tmp_path}/{name}.onnx: .*`dvc repro` makes it$"):
            ort.open_session(tmp_path / f"{name}.onnx")
    assert capfd.readouterr() == ("", "")
