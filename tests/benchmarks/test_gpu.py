"""What is done with a GPU for some minutes: on steps in miniature, cut off, failed and done."""

import sys
import time
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.gpu import Step
from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml

MARKS = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write('x'); print('three of three')"


def marking(folder: Path, name: str) -> Step:
    """A step that leaves one more sign in a file each time it runs."""
    return Step(name, [sys.executable, "-c", MARKS, str(folder / f"{name}.ran")], folder)


def test_a_step_that_is_done_is_never_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        gpu.work_off([marking(tmp_path, "first"), marking(tmp_path, "second")], tmp_path, time.monotonic() + 60)
    assert [(tmp_path / f"{name}.ran").read_text() for name in ("first", "second")] == ["x", "x"]
    assert [line.split()[0] for line in gpu.table(tmp_path).splitlines()] == ["first", "second"]
    assert gpu.table(tmp_path).count("three of three") == 2


def test_one_that_fails_is_named_and_the_next_is_done_all_the_same(tmp_path: Path) -> None:
    broken = Step("broken", [sys.executable, "-c", "raise SystemExit('no memory')"], tmp_path)
    with pytest.raises(UserError, match=r"not done: broken \(failed: .*broken\.log\); run it again"):
        gpu.work_off([broken, marking(tmp_path, "next")], tmp_path, time.monotonic() + 60)
    assert (tmp_path / "next.done.json").exists()
    assert "no memory" in (tmp_path / "broken.log").read_text()


def test_when_the_time_is_up_a_step_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    began = time.monotonic()
    with pytest.raises(UserError, match=r"long \(cut off: .*\), next \(not begun\)"):
        gpu.work_off([Step("long", [sys.executable, "-c", child], tmp_path), marking(tmp_path, "next")], tmp_path, began + 1)
    assert time.monotonic() - began < 30
    assert not (tmp_path / "next.ran").exists()


def test_the_champion_is_trained_as_its_study_says_but_for_the_device(tmp_path: Path) -> None:
    gpu.steps(tmp_path, "cuda", quick=False)
    found, wanted = read_yaml(tmp_path / "champion/params.yaml"), read_yaml(gpu.CHAMPION)
    assert found.pop("runtime") == {**wanted.pop("runtime"), "device": "cuda"}
    assert found == wanted
