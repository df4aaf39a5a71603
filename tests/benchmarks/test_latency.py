"""The latency benchmark, on a network in miniature and one peer, without compiling."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import latency
from benchmarks.engines import burst, peak_bytes
from benchmarks.latency import Way
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes
from lightcnn.export.onnx import to_onnx
from tests.stages.trained import write_tiny_run

PEER = "MLPerf Tiny ResNet-8"


def write_exported(folder: Path) -> Path:
    """A run in miniature and its ONNX file, in two forms."""
    run = write_tiny_run(folder / "runs/tiny", name="tiny")
    exported = to_onnx(run.model(5), run.normalise(), run.info.shape, run.info.data.classes).SerializeToString()
    for form in ("model.onnx", "model.int8.onnx"):
        write_bytes(folder / "models/tiny" / form, exported)
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one short round of the benchmark writes, for a model that is exported, one that is not, and a peer."""
    folder = write_exported(tmp_path_factory.mktemp("latency"))
    (folder / "params.yaml").write_text("models: [tiny, elsewhere]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latency, "PEERS", {PEER: latency.PEERS[PEER]})
        patch.setattr(latency, "TORCH", ("eager",))
        latency.main(folder / "out.json", folder / "params.yaml", folder / "models", folder / "runs", rounds=1, calls=10)
    return read_json(folder / "out.json")


def test_everything_exported_is_timed_in_every_way(found: dict[str, Any]) -> None:
    counts = {1, torch.get_num_threads()}
    forms = [("tiny", "onnx"), ("tiny", "int8"), ("tiny", "eager"), (PEER, "onnx"), (PEER, "eager")]
    timed = {(row["model"], row["engine"], row["threads"]) for row in found["timings"] if row["device"] == "cpu"}
    assert timed == {(*form, count) for form in forms for count in counts}


def test_times_are_positive_and_in_order(found: dict[str, Any]) -> None:
    for row in found["timings"]:
        for batch in ("batch_1", "batch_64"):
            assert 0 < row[batch]["p50_ms"] <= row[batch]["p99_ms"] < 10_000
        assert row["throughput_per_s"] == pytest.approx(64_000 / row["batch_64"]["p50_ms"])


def test_an_engine_counts_as_memory(found: dict[str, Any]) -> None:
    memory = {(row["model"], row["engine"]): row["memory_bytes"] for row in found["timings"] if row["device"] == "cpu"}
    assert 5e6 < memory["tiny", "onnx"] < memory["tiny", "eager"] < 4e9


def test_a_model_is_told_by_its_size_and_work(found: dict[str, Any]) -> None:
    tiny, peer = found["models"]["tiny"], found["models"][PEER]
    assert (peer["parameters"], peer["published"]["top1"], tiny["published"]) == (78_186, 0.85, None)
    assert tiny["bytes"]["onnx"] == tiny["bytes"]["int8"] > 4 * tiny["parameters"]
    # Two valid 3x3 convolutions, 3 to 10 to 20 channels on 12 x 12 pixels, pooling behind each, and a head for six classes.
    assert tiny["macs"] == 10 * 27 * 10**2 + 20 * 90 * 3**2 + 20 * 6
    assert found["machine"]["versions"].keys() >= {"torch", "onnxruntime"}


def test_all_take_their_turn_in_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Way] = []

    def answer(process: Way, way: Way, question: str) -> str:
        assert (process, question) == (way, "10\n")
        asked.append(way)
        return json.dumps({"seconds": {"1": [1.0, 3.0], "64": [float(len(asked))]}, "memory_bytes": -len(asked)})

    monkeypatch.setattr(latency, "started", lambda way, file: nullcontext(way))  # noqa: ARG005
    monkeypatch.setattr(latency, "asked", answer)
    ways = [Way("a", "onnx", "cpu", 1), Way("b", "onnx", "cpu", 1)]
    rows = latency.measured(dict.fromkeys(ways, Path()), rounds=3, calls=10)
    assert asked == ways * 3
    assert [(row["batch_1"]["p50_ms"], row["batch_64"]["p50_ms"], row["memory_bytes"]) for row in rows] == [
        (2000, 3000, -1),
        (2000, 4000, -2),
    ]


def test_what_cannot_be_loaded_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(UserError, match="tiny, onnx, 1 threads on cpu: its process ended"),
        latency.started(Way("tiny", "onnx", "cpu", 1), tmp_path / "nowhere.onnx"),
    ):
        pytest.fail("there is nothing to be ready with")
    assert "nowhere.onnx: not readable" in capfd.readouterr().err


def test_a_process_that_ended_meanwhile_is_told() -> None:
    way, pipe = Way("tiny", "onnx", "cpu", 1), subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", ""], bufsize=0, stdin=pipe, stdout=pipe) as process:
        process.wait()
        with pytest.raises(UserError, match="its process ended"):
            latency.asked(process, way, "10\n")


def test_no_rounds_are_refused() -> None:
    with pytest.raises(UserError, match="at least one"):
        latency.main(rounds=0)


def test_a_burst_is_warmed_up() -> None:
    calls: list[None] = []
    assert len(burst(lambda: calls.append(None), 20)) == 20
    assert len(calls) == 23


def test_peak_memory_stays_when_memory_is_given_back() -> None:
    before = peak_bytes()
    block = bytearray(before)
    block[:] = b"1" * len(block)
    peak = peak_bytes()
    assert peak > 1.5 * before
    del block
    assert peak_bytes() >= peak


@pytest.mark.slow
def test_compiled_it_is_timed_like_any(tmp_path: Path) -> None:
    folder = write_exported(tmp_path)
    compiled = latency.ours(folder / "runs/tiny", folder / "models/tiny", tmp_path).files["compile"]
    (row,) = latency.measured({Way("tiny", "compile", "cpu", 1): compiled}, 1, 10)
    assert row["throughput_per_s"] > 0
