"""How far a change reaches, through real dvc: spot checks of what `tests/test_reach_of_*.py` hold of the plans, and where a change ends."""

import json
import os

import pytest

from tests.end_to_end.pipe import Pipe


def add(pipe: Pipe, text: str, *paths: str) -> None:
    """Write more at the end of files, which need not be there."""
    for path in paths:
        with (pipe.folder / path).open("a") as file:
            file.write(text)


def changed(pipe: Pipe) -> set[str]:
    """The stages that dvc finds changed."""
    status = pipe.dvc("status", "--json")
    assert status.code == 0, status.text
    return set(json.loads(status.text))


def test_keys_change_the_stages_that_they_should(pipe: Pipe) -> None:
    pipe.set("data.split_seed", 1)
    pipe.set("trainings.baseline-augmented.augment.0.padding", 2)
    pipe.set("fusions.baseline.phases.fusion.epochs", 2)
    pipe.set("latency.calls", 20)
    pipe.set("figures.2.baseline", "baseline-raw")
    assert pipe.dvc("repro", "plan").ran == {"plan"}
    assert changed(pipe) == {"prepare", "train@baseline-augmented", "fuse@baseline", "latency", "figures", "report"}


@pytest.mark.parametrize(
    ("paths", "stages"),
    [
        (["data/augment/crop_flip.py", "reporting/figures/confusion_matrix.py"], {"train@baseline-augmented", "fuse@baseline", "figures"}),
        (["models/fusions/concat_mlp.py"], {"fuse@baseline", "export@baseline", "evaluate@baseline"}),
        (["reporting/report/report.html.jinja"], set()),
    ],
)
def test_edits_change_the_stages_that_they_should(pipe: Pipe, paths: list[str], stages: set[str]) -> None:
    add(pipe, "\nEDIT = 1\n", *(f"lightcnn/{path}" for path in paths))
    assert pipe.dvc("repro", "plan").ran == {"plan"}
    assert changed(pipe) == {*stages, "report"}


def test_what_says_nothing_runs_only_the_plan(pipe: Pipe) -> None:
    add(
        pipe,
        "\n# nothing new\n",
        "lightcnn/training/loop.py",
        "lightcnn/training/optim/adamw.py",
        "stages/evaluate.py",
        "lightcnn/reporting/report/html.py",
    )
    docstring = pipe.folder / "lightcnn/training/batches.py"
    docstring.write_text('"""In other words.' + docstring.read_text().removeprefix('"""'))
    add(pipe, "EDIT = 1\n", "lightcnn/training/optim/newer.py", "lightcnn/training/optim/sam.py", "lightcnn/pipeline/plan.py")
    pipe.set("runtime.threads", 3)
    assert pipe.dvc("repro").ran == {"plan"}


def test_bytecode_and_another_time_of_a_file_change_nothing(pipe: Pipe) -> None:
    for path in ("lightcnn/training/loop.py", "lightcnn/reporting/report/style.css", "params.yaml", "data/prepared/train.npz"):
        os.utime(pipe.folder / path, (1e9, 1e9))
    for folder in ("lightcnn", "lightcnn/training/optim", "stages"):
        (pipe.folder / folder / "__pycache__").mkdir(exist_ok=True)
        add(pipe, "bytecode", f"{folder}/__pycache__/newer.cpython-311.pyc", f"{folder}/newer.pyc")
    assert changed(pipe) == set()


@pytest.mark.parametrize(
    ("paths", "stages"),
    [
        (["stages/prepare.py", "stages/export.py"], {"prepare", "export@baseline-raw", "export@baseline"}),
        pytest.param(
            ["lightcnn/training/schedules/one_cycle.py"],
            {"train@baseline-raw", "train@baseline-augmented", "fuse@baseline", "claims"},  # which counts the seconds of training
            marks=pytest.mark.slow,
        ),
    ],
)
def test_where_the_same_bytes_come_out_nothing_further_runs(pipe: Pipe, paths: list[str], stages: set[str]) -> None:
    add(pipe, "\nEDIT = 1\n", *paths)
    done = pipe.dvc("repro")
    assert done.code == 0, done.text
    assert done.ran == {"plan", *stages, "report"}
