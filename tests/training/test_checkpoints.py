"""Checkpoints and the lock of a run, with real processes."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from lightcnn.core.errors import UserError
from lightcnn.training.checkpoints import Checkpoints, run_lock
from tests.helpers import ROOT

CPU = torch.device("cpu")
WRITER = """
import sys
from lightcnn.training.checkpoints import run_lock
with run_lock("tiny") as writer:
    print("has it", flush=True)
    sys.stdin.readline()
    print(writer.is_contended, flush=True)
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def start() -> "subprocess.Popen[str]":
    """Another process that becomes the writer and waits for a line."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_waits_for_the_first_and_says_for_whom() -> None:
    with run_lock("tiny") as writer:
        assert not writer.is_contended
        second = start()
        assert said(second) == f"tiny: process {os.getpid()} is still training this run; waiting for it (stop it to continue at once)"
        assert writer.is_contended
    assert said(second) == "has it"
    assert second.communicate("\n", timeout=30)[0].strip() == "False"


def test_the_lock_of_a_killed_process_is_free() -> None:
    first = start()
    assert said(first) == "has it"
    first.kill()
    first.communicate()
    with run_lock("tiny") as writer:
        assert not writer.is_contended


def test_another_run_is_not_waited_for() -> None:
    with run_lock("tiny"), run_lock("other") as writer:
        assert not writer.is_contended


def folder_of(name: str, **inputs: str) -> Path:
    paths = []
    for file, content in inputs.items():
        Path(file).write_text(content)
        paths.append(Path(file))
    return Checkpoints.for_inputs(name, paths).folder


def test_the_folder_is_named_by_everything_that_the_run_depends_on() -> None:
    folders = [
        folder_of("tiny", plan="1", data="2"),
        folder_of("tiny", plan="1", data="3"),
        folder_of("tiny", plan="0", data="2"),
        folder_of("tiny", plan="2", data="1"),
        folder_of("tiny", plan="12", data=""),
        folder_of("tiny", plan="1"),
        folder_of("other", plan="1", data="2"),
    ]
    assert len(set(folders)) == len(folders)
    assert folder_of("tiny", plan="1", data="2") == folders[0]


STATE: dict[str, Any] = {
    "counts": [1, 2, 0, 0.5],
    "model": {"weight": torch.tensor([1.0, 2.0])},
    "kept": None,
    "rows": [{"epoch": 1, "opened": "all"}],
}


def test_a_state_comes_back_as_it_was() -> None:
    checkpoints = Checkpoints(Path("some/folder"))
    assert checkpoints.load(3, CPU) is None
    checkpoints.save(3, STATE)
    found = checkpoints.load(3, CPU)
    assert found is not None
    assert torch.equal(found.pop("model")["weight"], STATE["model"]["weight"])
    assert found == {key: STATE[key] for key in ("counts", "kept", "rows")}
    assert checkpoints.load(4, CPU) is None


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_is_cut_short_leaves_the_old_one_and_no_litter(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    checkpoints = Checkpoints(Path("folder"))
    checkpoints.save(0, {"epoch": 1})

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(0, {"epoch": 2})
    assert checkpoints.load(0, CPU) == {"epoch": 1}
    assert [path.name for path in Path("folder").iterdir()] == ["0.pt"]


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("sprung",)


def test_what_is_no_tensor_or_plain_container_is_not_unpickled() -> None:
    Path("folder").mkdir()
    torch.save({"model": Trap()}, "folder/0.pt")
    with pytest.raises(UserError, match=r"0\.pt: damaged; delete it"):
        Checkpoints(Path("folder")).load(0, CPU)
    assert not Path("sprung").exists()


def test_a_finished_run_leaves_none() -> None:
    checkpoints = Checkpoints(Path("folder"))
    checkpoints.save(0, STATE)
    checkpoints.clear()
    checkpoints.clear()
    assert not Path("folder").exists()


@pytest.mark.parametrize("kept", [0, 1, 40, 400])
def test_a_damaged_checkpoint_is_told_with_the_way_out(tmp_path: Path, kept: int) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(3, {"weight": torch.ones(20, 20)})
    whole = (tmp_path / "3.pt").read_bytes()
    (tmp_path / "3.pt").write_bytes(whole[:kept])
    with pytest.raises(UserError, match=r"3\.pt: damaged; delete it"):
        checkpoints.load(3, CPU)


@pytest.mark.parametrize("content", [b"", b"\xff\x00garbage", b"12 34\n"])
def test_a_lock_file_that_says_nobody_is_still_waited_for(content: bytes) -> None:
    with run_lock("tiny"):
        Path(".lightcnn/locks/tiny.lock").write_bytes(content)
        second = start()
        assert said(second) == "tiny: another process is still training this run; waiting for it (stop it to continue at once)"
    assert said(second) == "has it"
    second.communicate("\n", timeout=30)


def test_a_file_system_without_locks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with (
        pytest.raises(UserError, match=r"locks/tiny\.lock: this file system has no file locks \(No locks available\)"),
        run_lock("tiny"),
    ):
        pass
