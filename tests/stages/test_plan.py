"""The stage that checks params.yaml and writes the plans."""

import errno
from pathlib import Path
from typing import Any

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.yaml import as_yaml
from lightcnn.pipeline.fingerprints import read_sources
from stages import plan
from tests.helpers import PARAMS, edited, unshared


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def planned(params: Any = PARAMS) -> dict[str, bytes]:
    Path("params.yaml").write_text(as_yaml(unshared(params)))
    plan.main()
    return {path.relative_to("plan").as_posix(): path.read_bytes() for path in Path("plan").rglob("*.json")}


def test_there_is_a_file_for_every_stage_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    files = planned()
    assert {"fetch.json", "train/raw.json", "fuse/pair.json", "evaluate/pair.json", "report.json"} <= files.keys()
    assert capsys.readouterr().out == f"{len(files)} plans written, the first in this folder\n"
    assert list(read_json(Path("plan/train/raw.json"))) == ["stage", "name", "settings", "code"]


def test_again_it_is_the_same_bytes_and_says_that_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    files = planned()
    capsys.readouterr()
    assert planned() == files
    assert capsys.readouterr().out == f"{len(files)} plans, none changed\n"


def test_a_change_is_said_and_a_plan_no_longer_wanted_is_gone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    planned()
    sources = read_sources()
    head = "lightcnn/models/fusions/concat_mlp.py"
    monkeypatch.setattr(plan, "read_sources", lambda: {**sources, head: sources[head] + b"\nEDIT = 1\n"})
    capsys.readouterr()
    files = planned(edited(edited(PARAMS, "trainings.raw.epochs", 4), "models", ["raw"]))
    assert "evaluate/pair.json" not in files
    out = capsys.readouterr().out.splitlines()
    assert {"evaluate pair: gone", "train raw: epochs 3 -> 4", "fuse pair: code of lightcnn/models/fusions/concat_mlp.py"} <= set(out)


def test_a_wrong_key_leaves_the_plans_alone() -> None:
    files = planned()
    with pytest.raises(UserError, match="valid_size"):
        planned(edited(PARAMS, "data.valid_size", 0))
    assert {path.relative_to("plan").as_posix(): path.read_bytes() for path in Path("plan").rglob("*.json")} == files


def test_a_disk_that_fills_up_leaves_the_plans_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    files, write = planned(), write_json

    def full(path: Path, content: Any) -> None:
        if path.name == "report.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(plan, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        planned(edited(PARAMS, "trainings.raw.epochs", 4))
    assert {path.relative_to("plan").as_posix(): path.read_bytes() for path in Path("plan").rglob("*.json")} == files


def test_a_damaged_memory_of_the_last_plan_is_told_with_the_way_out() -> None:
    files = planned()
    plan.LAST.write_text("{")
    with pytest.raises(UserError, match=rf"^{plan.LAST}: .*; delete it and `dvc repro`"):
        planned()
    plan.LAST.unlink()
    assert planned() == files


@pytest.mark.parametrize("out", [".", "lightcnn", "..", "params.yaml"])
def test_plans_replace_nothing_but_plans(out: str) -> None:
    planned()
    Path("lightcnn").mkdir()
    Path("lightcnn/mine.py").write_text("")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="not of this command's making"):
        plan.main(out=Path(out))
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
