"""runtime: what a stage reads of params.yaml besides its plan."""

from pathlib import Path
from typing import Any

import pytest

from lightcnn.core import runtime
from lightcnn.core.errors import UserError
from lightcnn.core.runtime import Runtime, read_runtime


def written(folder: Path, text: str) -> Path:
    (folder / "params.yaml").write_text(text)
    return folder / "params.yaml"


@pytest.mark.parametrize("text", ["data: 1\n", "runtime: {}\n", "runtime: {device: auto}\n"])
def test_what_is_left_out_is_automatic(tmp_path: Path, text: str) -> None:
    assert read_runtime(written(tmp_path, text)) == Runtime() == read_runtime(tmp_path / "nowhere")


def test_it_is_read_whatever_else_the_file_says(tmp_path: Path) -> None:
    assert read_runtime(written(tmp_path, "runtime: {device: cpu, threads: 2, progress: lines}\nmodels: 3\n")).threads == 2


@pytest.mark.parametrize(
    "text",
    [
        "runtime: {device: gpu}",
        "runtime: {threads: 0}",
        "runtime: {threads: true}",
        "runtime: {threads: auto}",
        "runtime: {workers: 0}",
        "runtime: {speed: 1}",
        "runtime:",
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: runtime: .*`lightcnn check`") as caught:
        read_runtime(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_who_counts_the_threads_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "runtime: {device: cpu, threads: 2}")
    monkeypatch.setenv("LIGHTCNN_THREADS", "3")
    assert (read_runtime(file).threads, read_runtime(file).device, read_runtime(tmp_path / "nowhere").threads) == (3, "cpu", 3)


@pytest.mark.parametrize(
    ("cores", "threads", "workers", "tasks", "on_cuda", "wanted"),
    [
        (2, 1, "auto", 40, False, 2),
        (8, 1, "auto", 40, False, 8),
        (64, 1, "auto", 40, False, 40),
        (64, 1, "auto", 100, False, 64),
        (8, 2, "auto", 40, False, 4),
        (1, 2, "auto", 40, False, 1),
        (64, 1, "auto", 40, True, 1),
        (2, 1, 5, 40, False, 5),
        (2, 1, 5, 40, True, 5),
        (2, 1, 5, 3, False, 3),
        (2, 1, "auto", 0, False, 1),
    ],
)
def test_there_is_a_worker_a_core_but_no_more_than_tasks(
    monkeypatch: pytest.MonkeyPatch, cores: int, threads: int, workers: Any, tasks: int, on_cuda: bool, wanted: int
) -> None:
    monkeypatch.setattr(runtime, "cores", lambda: cores)
    assert Runtime(workers=workers, threads=threads).workers_for(tasks, on_cuda=on_cuda) == wanted


def test_the_processor_is_called_what_linux_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "CPUINFO", tmp_path / "cpuinfo")
    assert runtime.cpu_name()
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Imaginary 9000\nprocessor\t: 1\nmodel name\t: Imaginary 9000\n")
    assert runtime.cpu_name() == "Imaginary 9000"
