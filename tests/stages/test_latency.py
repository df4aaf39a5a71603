"""Timing exported models: what is written, and that it takes no torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from lightcnn.artifacts.latency import Latency
from lightcnn.artifacts.record import read_record
from lightcnn.core.errors import UserError
from stages import latency
from tests.export.test_ort import write_model
from tests.stages.trained import write_plan

REPOSITORY = Path(__file__).parents[2]


def write_models(folder: Path) -> None:
    for name in ("model.onnx", "model.int8.onnx"):
        write_model(folder / name)


def test_every_model_of_the_plan_is_timed_and_no_other(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        write_models(tmp_path / name)
    plan = write_plan(tmp_path / "plan.json", models=["second", "first"], warmup=1, calls=20)
    latency.main(plan, tmp_path, tmp_path / "latency.json")
    found = read_record(tmp_path / "latency.json", Latency)
    assert list(found.fp32) == list(found.int8) == ["second", "first"]
    for speed in (*found.fp32.values(), *found.int8.values()):
        assert 0 < speed.batch_1.p50_ms <= speed.batch_1.p99_ms
        assert speed.throughput_per_s == pytest.approx(64_000 / speed.batch_64.p50_ms)
    assert found.machine["threads"] == 1
    assert set(found.machine) == {"cpu", "cores", "threads", "os", "onnxruntime"}


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"^{tmp_path}/absent/model.onnx: "):
        latency.main(write_plan(tmp_path / "plan.json", models=["absent"]), tmp_path, tmp_path / "latency.json")


def test_does_without_torch(tmp_path: Path) -> None:
    write_models(tmp_path / "only")
    plan = write_plan(tmp_path / "plan.json", models=["only"], warmup=1, calls=10)
    code = "import sys; from pathlib import Path; from stages import latency; latency.main(*map(Path, sys.argv[1:]))"
    code += "; sys.exit('torch' in sys.modules)"
    command = [sys.executable, "-c", code, plan, tmp_path, tmp_path / "out.json"]
    assert subprocess.run(command, cwd=REPOSITORY, timeout=60, check=False).returncode == 0


def test_the_command_line_is_options_but_for_the_plan(tmp_path: Path) -> None:
    write_models(tmp_path / "only")
    plan = write_plan(tmp_path / "plan.json", models=["only"], warmup=1, calls=10)
    command = [sys.executable, "-m", "stages.latency", str(plan), "--models", str(tmp_path), "--out", str(tmp_path / "out.json")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.json").exists()
