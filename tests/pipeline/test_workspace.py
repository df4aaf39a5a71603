"""A pipeline in a scratch folder: what it takes over, what it refuses."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline import workspace
from lightcnn.pipeline.params import Params
from tests.end_to_end.pipe import Pipe

PARAMS = read_yaml(workspace.ROOT / "params.yaml")
DIGITS = {"dataset": {"name": "digits"}, "image_size": 32, "valid_size": 300}


def test_shortened_params_are_valid_and_leave_the_original_alone() -> None:
    before = repr(PARAMS)
    short = Params.from_plain(workspace.shortened(PARAMS, DIGITS, 2, 1, "short"))
    assert {training.epochs for training in short.trainings.values()} == {2}
    assert {phase.epochs for fusion in short.fusions.values() for phase in fusion.phases.values()} == {1}
    assert all(len(training.seeds) == 1 for training in short.trainings.values())
    assert repr(PARAMS) == before


def test_only_keeps_one_fusion_its_branches_and_their_models() -> None:
    kept = Params.from_plain(workspace.only(PARAMS, "baseline"))
    assert set(kept.trainings) == {"baseline-raw", "baseline-augmented"}
    assert set(kept.fusions) == {"baseline"}
    assert set(kept.models) == {"baseline-raw", "baseline-augmented", "baseline"}


def test_distillations_are_shortened_and_kept_with_their_teachers() -> None:
    student = {**PARAMS["trainings"]["baseline-raw"], "teacher": "enhanced"}
    fusion = {**PARAMS["fusions"]["baseline"], "branches": ["small", "baseline-augmented"]}
    params = {**PARAMS, "distillations": {"small": student}, "fusions": {**PARAMS["fusions"], "taught": fusion}}
    short = Params.from_plain(
        workspace.only(workspace.shortened({**params, "models": ["taught"], "figures": []}, DIGITS, 2, 1, "short"), "taught")
    )
    assert set(short.trainings) == {"baseline-augmented", "enhanced-raw", "enhanced-augmented"}
    assert set(short.fusions) == {"taught", "enhanced"}
    assert (short.distillations["small"].epochs, len(short.distillations["small"].seeds)) == (2, 1)


def test_without_fusions_one_run_can_be_kept() -> None:
    params = {key: value for key, value in PARAMS.items() if key != "fusions"}
    alone = {**workspace.shortened(params, DIGITS, 2, 1, "short"), "models": ["baseline-raw"], "figures": []}
    assert set(Params.from_plain(workspace.only(alone, "baseline-raw")).trainings) == {"baseline-raw"}


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds something that is no pipeline"):
        workspace.create(tmp_path, PARAMS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project in miniature that is under DVC, as a clone of this one is."""
    project = tmp_path / "project"
    for name in (
        "dvc.yaml",
        ".dvcignore",
        ".gitignore",
        "params.yaml",
        "lightcnn/core.py",
        "stages/plan.py",
        ".dvc/config",
        "data/README.md",
    ):
        write_bytes(project / name, name.encode())
    return project


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "place", [".", "..", "link", "lightcnn", "lightcnn/demo", "stages/new", "data/demo", ".dvc/tmp/demo", "plan", "models", "runs/demo"]
)
def test_the_project_itself_what_holds_it_and_its_parts_are_no_place_for_a_workspace(checkout: Path, place: str) -> None:
    (checkout / "link").symlink_to(checkout)
    before = files_below(checkout.parent)
    with pytest.raises(UserError, match=r"^/.*; name (a folder of its own|a folder beside it, or outside|an empty folder)$"):
        workspace.create(checkout / place, PARAMS, root=checkout)
    assert files_below(checkout.parent) == before


def test_somebody_elses_dvc_project_and_a_demo_without_a_mark_are_refused_and_left_alone(checkout: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    for name in (".dvc/config", "dvc.yaml", "params.yaml", ".gitignore", "lightcnn/mine.py"):
        write_bytes(theirs / name, b"mine")
    before = files_below(tmp_path)
    with pytest.raises(
        UserError, match=r"holds something that is no pipeline .*\.lightcnn-workspace is not in it \(if it is a demo .*, remove it\)"
    ):
        workspace.create(theirs, PARAMS, root=checkout)
    assert files_below(tmp_path) == before


def test_a_workspace_may_lie_beside_the_projects_parts_and_is_known_again(checkout: Path) -> None:
    for folder in (checkout / "demo", checkout.parent / "outside/demo"):
        workspace.create(folder, PARAMS, root=checkout)
        workspace.create(folder, {**PARAMS, "note": "again"}, root=checkout)
        assert read_yaml(folder / "params.yaml")["note"] == "again"


def test_what_a_link_in_a_workspace_points_at_is_not_written_to(checkout: Path, tmp_path: Path) -> None:
    workspace.create(tmp_path / "work", PARAMS, root=checkout)
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / "work" / name).unlink()
        (tmp_path / "work" / name).symlink_to(checkout / name)
    before = files_below(checkout)
    workspace.create(tmp_path / "work", PARAMS, root=checkout)
    assert files_below(checkout) == before


def test_the_mark_comes_first_so_that_a_failure_can_be_taken_up(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(workspace, "dvc", lambda *_: signal.raise_signal(signal.SIGINT))
        workspace.create(tmp_path / "work", PARAMS, root=checkout)
    workspace.create(tmp_path / "work", PARAMS, root=checkout)
    assert (tmp_path / "work" / "params.yaml").exists()


def test_only_ends_with_runs_that_teach_each_other() -> None:
    student = PARAMS["trainings"]["baseline-raw"]
    ring = {**PARAMS, "distillations": {"a": {**student, "teacher": "b"}, "b": {**student, "teacher": "a"}}}
    assert set(workspace.only(ring, "a")["distillations"]) == {"a", "b"}


def test_without_a_checkout_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs a checkout"):
        workspace.create(tmp_path / "new", PARAMS, root=tmp_path)


def test_a_second_time_code_and_params_are_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    workspace.create(folder, PARAMS)
    (folder / "lightcnn" / "stale.py").write_text("")
    workspace.create(folder, {**PARAMS, "note": "second"})
    assert not (folder / "lightcnn" / "stale.py").exists()
    assert read_yaml(folder / "params.yaml")["note"] == "second"


def test_a_failing_dvc_is_a_fault_that_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="`dvc repro` failed in"):
        workspace.dvc(tmp_path, "repro")


SLOW_TO_END = """
import signal, time
from pathlib import Path

def end(*_):
    time.sleep(1)
    Path("ended").touch()
    raise SystemExit(1)

signal.signal(signal.SIGINT, end)
print("at work", flush=True)
time.sleep(60)
"""


def test_interrupted_it_waits_for_dvc_to_end(tmp_path: Path) -> None:
    (tmp_path / "dvc").mkdir()  # the folder it runs in comes first for `python -m`
    (tmp_path / "dvc" / "__init__.py").touch()
    (tmp_path / "dvc" / "__main__.py").write_text(SLOW_TO_END)
    program = "from pathlib import Path; from lightcnn.pipeline.workspace import dvc; dvc(Path(), 'repro')"
    with Pipe(tmp_path).start(sys.executable, "-c", program, PYTHONPATH=str(workspace.ROOT)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert (tmp_path / "ended").exists()


def test_what_was_broken_off_while_it_was_made_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        (tmp_path / "work" / "lightcnn").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(shutil, "copytree", interrupt)
        workspace.create(tmp_path / "work", PARAMS)
    workspace.create(tmp_path / "work", PARAMS)
    assert read_yaml(tmp_path / "work" / "params.yaml") == PARAMS
