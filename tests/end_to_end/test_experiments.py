"""Experiments as README tells of them: tried in place, aside or from the queue, compared, kept and taken back."""

import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lightcnn.core.files import read_json
from tests.end_to_end.pipe import RATE, Pipe
from tests.helpers import ROOT

WEIGHTS = "runs/baseline-raw/weights.safetensors"
METRICS = "reports/metrics/baseline-raw.json"
README = (ROOT / "README.md").read_text().partition("### Try a change")[2].partition("\n##")[0]
COMMANDS = [shlex.split(line, comments=True) for line in re.findall(r"^dvc (.*)", README, re.MULTILINE)]
KILLED = """
from pathlib import Path
from lightcnn.core import progress
from stages.train import main

def stop(*_):
    raise SystemExit("killed")

progress.Progress.epoch = stop
main(Path("plan/train/baseline-raw.json"), out=Path(".lightcnn/run"), curves=Path(".lightcnn/curves"))
"""


@pytest.fixture
def applied(queued: Pipe, tmp_path: Path) -> Pipe:
    """A copy of it with the experiment in the working tree."""
    pipe = queued.copy(tmp_path / "applied")
    pipe.dvc("exp", "apply", "warm").succeeded()
    return pipe


def test_the_queue_runs_what_the_key_affects_and_leaves_tree_and_machine_alone(queued: Pipe) -> None:
    status = queued.dvc("queue", "status").text
    assert re.search(r"warm .* Success", status)
    assert "Worker status: 0 active, 0 idle" in status
    ran = queued.dvc("queue", "logs", "warm").ran
    assert ran == {"plan", "train@baseline-raw", "export@baseline-raw", "evaluate@baseline-raw"}
    assert queued.changed() == ""


def test_the_branch_of_an_experiment_holds_its_params_and_its_metrics(queued: Pipe) -> None:
    params = YAML(typ="safe").load(queued.git("show", "try-warm:params.yaml").text)
    assert params["trainings"]["baseline-raw"]["optimizer"]["lr"] == 4e-2
    assert queued.git("diff", "--name-only", "main", "try-warm", "--", "reports/metrics").text == f"{METRICS}\n"


def test_an_experiment_comes_into_the_working_tree_and_goes_without_training(queued: Pipe, applied: Pipe) -> None:
    assert applied.git("diff", "--name-only", "try-warm").text == ""
    assert (applied.folder / WEIGHTS).read_bytes() != (queued.folder / WEIGHTS).read_bytes()
    assert applied.dvc("repro", "evaluate@baseline-raw").succeeded().ran == set()
    applied.git("restore", ".").succeeded()
    applied.dvc("checkout").succeeded()
    assert (applied.folder / WEIGHTS).read_bytes() == (queued.folder / WEIGHTS).read_bytes()
    assert applied.dvc("repro").succeeded().ran == set()


def test_an_experiment_aside_does_not_go_on_from_a_checkpoint_of_other_settings(tracked: Pipe, applied: Pipe) -> None:
    assert "killed" in tracked.run(sys.executable, "-c", KILLED).text
    (checkpoint,) = (tracked.folder / ".lightcnn/checkpoints").rglob("*.pt")
    change = ("--name", "warm", "-S", f"{RATE}=4e-2")
    done = tracked.dvc("exp", "run", "--temp", "--copy-paths", ".lightcnn", *change, "train@baseline-raw").succeeded()
    assert done.ran == {"plan", "train@baseline-raw"}
    assert tracked.changed() == ""
    assert checkpoint.exists()
    tracked.dvc("exp", "apply", "warm").succeeded()
    assert (tracked.folder / WEIGHTS).read_bytes() == (applied.folder / WEIGHTS).read_bytes()


@pytest.mark.slow
def test_readmes_way_back_also_undoes_an_experiment_that_was_killed(tracked: Pipe) -> None:
    (back,) = re.findall(r"`(git restore [^`]* && dvc checkout)`", README)
    with tracked.start(sys.executable, "-m", "dvc", "exp", "run", "-S", f"{RATE}=7e-3") as process:
        assert process.stdout is not None
        assert any("epoch 1/" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    assert "params.yaml" in tracked.changed()
    tracked.run("bash", "-c", back).succeeded()
    assert tracked.changed() == ""
    assert tracked.dvc("repro").succeeded().ran <= {"plan"}


def test_the_experiments_of_readme_set_a_key_or_swap_a_room(tracked: Pipe) -> None:
    key, swap = (command for command in COMMANDS if command[:2] == ["exp", "run"] and "-S" in command)
    tracked.dvc(*key, "plan").succeeded()
    plan = read_json(tracked.folder / "plan/train/baseline-raw.json")
    assert plan["settings"]["optimizer"]["lr"] == 1e-2
    tracked.dvc(*swap, "plan").succeeded()
    plan = read_json(tracked.folder / "plan/train/baseline-raw.json")
    assert (plan["settings"]["optimizer"]["name"], plan["settings"]["optimizer"]["lr"]) == ("adamw", 4e-3)
    assert "lightcnn/training/optim/adamw.py" in plan["code"]
    assert "lightcnn/training/optim/sgd.py" not in plan["code"]


def test_the_comparisons_of_readme_show_what_an_experiment_changed(applied: Pipe) -> None:
    shown = {command[0] + command[1]: applied.dvc(*command).succeeded().text for command in COMMANDS if command[1] in ("show", "diff")}
    assert set(shown) == {"expshow", "metricsdiff", "plotsdiff"}
    assert "warm" in shown["expshow"]
    assert RATE in shown["expshow"]
    assert re.search(rf"{METRICS} +test.top1.mean", shown["metricsdiff"])
    assert (applied.folder / "dvc_plots/index.html").exists()
    assert re.search(rf"{RATE} +0.02 +0.04", applied.dvc("params", "diff", "main").text)
    branches = applied.dvc("metrics", "diff", "main", "try-warm", "--targets", METRICS)
    assert re.search(rf"{METRICS} +test.top1.mean", branches.succeeded().text)
