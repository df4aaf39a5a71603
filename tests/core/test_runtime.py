"""runtime: what a stage reads of params.yaml besides its plan."""

from pathlib import Path

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
    "text", ["runtime: {device: gpu}", "runtime: {threads: 0}", "runtime: {threads: true}", "runtime: {speed: 1}", "runtime:"]
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: runtime: .*`lightcnn check`") as caught:
        read_runtime(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_the_processor_is_called_what_linux_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "CPUINFO", tmp_path / "cpuinfo")
    assert runtime.cpu_name()
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Imaginary 9000\nprocessor\t: 1\nmodel name\t: Imaginary 9000\n")
    assert runtime.cpu_name() == "Imaginary 9000"
