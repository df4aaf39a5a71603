"""Disks that are full or read-only, files cut short, Ctrl-C: one line that names the place, and what was there stays."""

import errno
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lightcnn.core.arrays import read_arrays, write_arrays
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, read_json, write_json
from lightcnn.export import ort
from lightcnn.models.trained import read_run
from stages import fetch, prepare
from tests.data.datasets.official import make
from tests.export.test_ort import write_model
from tests.helpers import ROOT
from tests.stages.trained import write_tiny_run

STAGES = sorted(path.stem for path in (ROOT / "stages").glob("[a-z]*.py"))
WAY_OUT = "fix this and run it again (no partial files were left)"


def told(command: Callable[..., None], *arguments: object) -> str:
    """The one line, beyond the command's name, that a command ends with."""
    with pytest.raises(SystemExit) as ended:
        run(command, [str(argument) for argument in arguments], "stage")
    line = str(ended.value)
    assert "\n" not in line
    return line.removeprefix("stage: ")


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write fail at its end as on a full disk, whose error names no file."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)


def protect(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no folder be made under `folder`, as on a read-only disk; permission bits would not do, since root is above them."""
    mkdir = os.mkdir

    def refuse(path: str, *mode: int) -> None:
        if Path(path).is_relative_to(folder):
            raise OSError(errno.EROFS, "Read-only file system", path)
        mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", refuse)


def test_a_full_disk_is_told_with_the_file_that_was_wanted_and_the_old_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_json(path, "old")
    fill_up(monkeypatch)
    assert told(lambda: write_json(path, "new")) == f"{path}: No space left on device; {WAY_OUT}"
    assert files_in(tmp_path) == {"a.json": b'"old"\n'}


def test_a_file_that_cannot_be_put_in_its_place_is_named_and_leaves_no_litter(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    assert told(lambda: write_json(tmp_path / "a.json", "new")) == f"{tmp_path}/a.json: Is a directory; {WAY_OUT}"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.json"]


@pytest.mark.parametrize(("how", "reason"), [("full", "No space left on device"), ("read-only", "Read-only file system")])
@pytest.mark.parametrize(("stage", "out"), [(fetch, "raw"), (prepare, "prepared")])
def test_where_data_cannot_be_written_the_folder_is_named_and_stays_as_it_was(
    stage: Any, out: str, how: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, folder = tmp_path / "plan.json", tmp_path / "data" / out
    settings = {"dataset": {"name": "digits"}, "image_size": 8, "valid_size": 100, "split_seed": 0}
    plan.write_text(
        json.dumps({"stage": "test", "name": None, "settings": settings if stage is prepare else {"data": settings["dataset"]}, "code": {}})
    )
    stage.main(plan, out=folder)
    before = files_in(tmp_path)
    if how == "full":
        fill_up(monkeypatch)
    else:
        protect(tmp_path / "data", monkeypatch)
    assert told(stage.main, plan, "--out", folder) == f"{folder}: {reason}; {WAY_OUT}"
    assert files_in(tmp_path) == before


def test_what_could_not_be_read_is_not_taken_for_what_could_not_be_written(tmp_path: Path) -> None:
    def copy() -> None:
        with atomic_folder(tmp_path / "out"):
            (tmp_path / "source").read_bytes()

    assert told(copy) == f"{tmp_path}/source: No such file or directory; {WAY_OUT}"


def test_nothing_is_written_to_a_data_root_so_a_read_only_one_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make("mnist", tmp_path / "root", monkeypatch).root
    (tmp_path / "plan.json").write_text(json.dumps({"stage": "test", "name": None, "settings": {"data": {"name": "mnist"}}, "code": {}}))
    before = files_in(root)
    # A folder's time changes with whatever is made or removed in it, if only for a moment.
    for path in (root, *root.rglob("*")):
        os.utime(path, (0, 0))
    monkeypatch.setenv(fetch.VARIABLE, str(root))
    fetch.main(tmp_path / "plan.json", tmp_path / "raw")
    assert files_in(tmp_path / "raw") == files_in(root) == before
    assert {path.stat().st_mtime for path in (root, *root.rglob("*"))} == {0}


def arrays_file(folder: Path) -> Path:
    write_arrays(folder / "train.npz", images=np.zeros((2, 2, 2, 1), np.uint8), labels=np.arange(2))
    return folder / "train.npz"


def plan_file(folder: Path) -> Path:
    (folder / "plan.json").write_text('{"stage": "export", "name": "tiny", "settings": {}, "code": {}}')
    return folder / "plan.json"


def weights_file(folder: Path) -> Path:
    write_tiny_run(folder)
    return folder / "weights.safetensors"


def model_file(folder: Path) -> Path:
    return write_model(folder / "model.onnx")


@pytest.mark.parametrize(
    ("make_file", "read"),
    [
        (arrays_file, read_arrays),
        (plan_file, read_json),
        (weights_file, lambda path: read_run(path.parent)),
        (model_file, ort.open_session),
    ],
)
def test_a_file_cut_short_anywhere_is_never_taken_for_a_whole_one(
    make_file: Callable[[Path], Path], read: Callable[[Path], object], tmp_path: Path
) -> None:
    path = make_file(tmp_path)
    whole = path.read_bytes()
    read(path)
    for length in {*range(0, len(whole), len(whole) // 50 + 1), len(whole) - 1}:
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"; (delete it and )?`dvc repro` (makes|recreates) it") as caught:
            read(path)
        assert str(path.parent) in str(caught.value)
        assert "\n" not in str(caught.value)


def options_of(command: Callable[..., None]) -> list[str]:
    """What has to be given besides a plan."""
    needed = [name for name, parameter in inspect.signature(command).parameters.items() if parameter.default is parameter.empty]
    return [part for name in needed[1:] for part in (f"--{name}", "anywhere")]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_explains_itself_and_refuses_what_it_does_not_know(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = importlib.import_module(f"stages.{stage}").main
    for arguments, code in (["--help"], 0), (["plan.json", "--no-such-option"], 2):
        with pytest.raises(SystemExit) as ended:
            run(command, arguments)
        assert ended.value.code == code
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: python -m stages.{stage} ")
    assert f"python -m stages.{stage}: error: " in err


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ("code", "plan")])
def test_every_stage_names_a_plan_that_is_missing_or_of_no_use(stage: str, tmp_path: Path) -> None:
    command, plan = importlib.import_module(f"stages.{stage}").main, tmp_path / "plan.json"
    assert told(command, plan, *options_of(command)) == f"{plan}: missing; run `dvc repro`"
    for content, reason in (
        ("{", "not readable as JSON"),
        ('{"stage": "test", "name": null, "settings": {"else": 1}, "code": {}}', "not a plan of this version"),
    ):
        plan.write_text(content)
        assert told(command, plan, *options_of(command)).startswith(f"{plan}: {reason}")


@pytest.mark.parametrize(("error", "said"), [("KeyboardInterrupt", "interrupted\n"), ("RuntimeError", "Traceback")])
def test_ctrl_c_while_a_stage_is_still_importing_leaves_no_traceback_but_a_bug_does(error: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(f"raise {error}")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "stages.train", "plan.json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == (-signal.SIGINT if error == "KeyboardInterrupt" else 1)
    assert done.stdout == ""
    assert done.stderr == said if error == "KeyboardInterrupt" else done.stderr.startswith(said)
