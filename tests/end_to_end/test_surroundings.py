"""Real dvc where things go wrong: hostile surroundings, disks that fill up, Ctrl-C, and a dvc that is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lightcnn.core.yaml import read_yaml
from tests.end_to_end.pipe import ENVIRONMENT, Done, Pipe, create_checkout, tiny_params

FOLDER = "ein schöner Ordner – 模型 $x 'q'"
RETRAIN = ("repro", "--force", "--single-item", "train@baseline-raw")
WEIGHTS = "runs/baseline-raw/weights.safetensors"


def hostile_dvc(pipe: Pipe, *arguments: str) -> Done:
    """Run dvc without a home, in the C locale, with standard input closed and no size of a terminal."""
    bare = ("env", "-u", "HOME", "-u", "COLUMNS", "-u", "TERM", "LANG=C", "LC_ALL=C", "sh", "-c", 'exec "$0" "$@" <&-')
    return pipe.run(*bare, sys.executable, "-m", "dvc", *arguments)


def limited(pipe: Pipe, kilobytes: int, *command: str) -> Done:
    """Run a command that cannot write larger files: to it, that is a disk which fills up, for root as for anyone."""
    # Python 3.11 would leave its own cache files cut short (issue 126606 of cpython).
    return pipe.run("sh", "-c", f'ulimit -f {2 * kilobytes}; exec "$0" "$@"', *command, PYTHONDONTWRITEBYTECODE="1")


def files_in(pipe: Pipe) -> dict[str, bytes]:
    """All that the stages have made, hidden files too."""
    folders = ("plan", "data", "runs", "models", "evaluation", "reports")
    paths = (path for folder in folders for path in (pipe.folder / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(pipe.folder)): path.read_bytes() for path in paths}


def test_a_finished_pipeline_that_is_moved_to_a_hostile_place_has_nothing_to_run(finished: Pipe, tmp_path: Path) -> None:
    done = hostile_dvc(finished.copy(tmp_path / FOLDER), "repro")
    assert (done.code, done.ran) == (0, set()), done.text


@pytest.mark.slow
def test_hostile_surroundings_change_no_byte_of_a_result(finished: Pipe, tmp_path: Path) -> None:
    pipe = Pipe(tmp_path / FOLDER)
    create_checkout(pipe.folder, tiny_params())
    done = hostile_dvc(pipe, "repro")
    assert done.code == 0, done.text
    theirs, ours = files_in(finished), files_in(pipe)
    assert theirs.keys() == ours.keys()
    # Times and speeds differ from run to run, and what says them: the report, claims, the cards, model.json and a figure.
    assert {name.rpartition("/")[2] for name in ours if ours[name] != theirs[name]} <= {
        "metadata.json",
        "latency.json",
        "claims.json",
        "model.json",
        "accuracy_vs_latency.png",
        "README.md",
        "report.html",
        "research_report.tex",
    }


@pytest.mark.parametrize(
    ("stage", "kilobytes", "file"),
    [
        ("prepare", 100, "data/prepared"),
        ("train@baseline-raw", 20, ".lightcnn/checkpoints/"),
        ("export@baseline", 20, "/model.onnx"),
        ("evaluate@baseline", 20, "evaluation/baseline.npz"),
        ("report", 20, "/models"),
    ],
)
def test_a_stage_that_fills_the_disk_names_the_file_and_leaves_all_as_it_was(stage: str, kilobytes: int, file: str, pipe: Pipe) -> None:
    before = files_in(pipe)
    command = read_yaml(pipe.folder / "dvc.lock")["stages"][stage]["cmd"]
    done = limited(pipe, kilobytes, *command.split())
    assert done.code == 1
    line = done.text.splitlines()[-1]
    assert line.startswith(f"python -m stages.{stage.partition('@')[0]}: ")
    assert file in line
    assert line.endswith(": File too large; fix this and run it again (no partial files were left)")
    assert "Traceback" not in done.text
    assert files_in(pipe) == before


def test_once_there_is_room_again_dvc_goes_on_and_what_it_had_comes_back(pipe: Pipe) -> None:
    before = files_in(pipe)
    pipe.set("data.image_size", 64)
    full = limited(pipe, 4000, sys.executable, "-m", "dvc", "repro", "prepare")
    assert full.code == 255
    assert f"{pipe.folder}/data/prepared: File too large; fix this" in full.text
    assert "Traceback" not in full.text
    assert not list(pipe.folder.glob("data/prepared/*.npz"))
    larger = pipe.dvc("repro", "prepare")
    assert (larger.code, larger.ran) == (0, {"prepare"}), larger.text
    pipe.set("data.image_size", 16)
    back = pipe.dvc("repro")
    assert (back.code, back.ran) == (0, {"plan"}), back.text
    assert files_in(pipe) == before


@contextmanager
def started(pipe: Pipe, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A dvc at work, in a process group of its own as a terminal would start it; nothing of it outlives the block."""
    output = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [sys.executable, "-m", "dvc", *arguments]
    with subprocess.Popen(command, cwd=pipe.folder, env=ENVIRONMENT, text=True, start_new_session=True, **output) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """What a process prints up to a line with `text` in it."""
    lines: list[str] = []
    assert process.stdout is not None
    while text not in "".join(lines[-1:]):
        lines.append(process.stdout.readline())
        assert lines[-1], f"ended before {text!r}:\n{''.join(lines)}"
    return "".join(lines)


def test_ctrl_c_is_one_line_and_the_next_dvc_goes_on_to_the_same_bytes(pipe: Pipe, finished: Pipe) -> None:
    with started(pipe, *RETRAIN) as process:
        read_until(process, "seed 0: epoch 1/6")
        os.killpg(process.pid, signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
        assert process.returncode == 255
    assert "python -m stages.train: interrupted\n" in rest
    assert "Traceback" not in rest
    assert not (pipe.folder / WEIGHTS).exists()
    again = pipe.dvc(*RETRAIN)
    assert again.code == 0, again.text
    assert "baseline-raw seed 0: goes on after epoch " in again.text
    assert (pipe.folder / WEIGHTS).read_bytes() == (finished.folder / WEIGHTS).read_bytes()


def test_after_a_killed_dvc_the_next_waits_for_the_training_it_left_and_goes_on_to_the_same_bytes(pipe: Pipe, finished: Pipe) -> None:
    with started(pipe, *RETRAIN) as first:
        read_until(first, "seed 0: epoch 1/6")
        orphan = int((pipe.folder / ".lightcnn/locks/baseline-raw.lock").read_text())
        os.kill(orphan, signal.SIGSTOP)
        first.kill()
        first.wait()
        with started(pipe, *RETRAIN) as second:
            read_until(second, f"process {orphan} is still training this run; waiting for it")
            os.kill(orphan, signal.SIGKILL)
            rest = second.communicate(timeout=120)[0]
            assert second.returncode == 0, rest
    assert "baseline-raw seed 0: goes on after epoch " in rest
    assert (pipe.folder / WEIGHTS).read_bytes() == (finished.folder / WEIGHTS).read_bytes()
