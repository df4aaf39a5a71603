"""Projects: what `create` writes, shares and refuses; and that every dvc.yaml of the repository is the one that travels in the package."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline import project
from lightcnn.pipeline.project import STUDIES, create, pipeline, ships, studies
from tests.helpers import PARAMS as SHARED
from tests.helpers import ROOT, unshared

PARAMS = unshared(SHARED)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project in miniature that is under DVC, as a clone of this one is."""
    folder = tmp_path / "project"
    for name in ("dvc.yaml", "params.yaml", "lightcnn/core.py", "stages/plan.py", ".dvc/config", "data/README.md"):
        write_bytes(folder / name, name.encode())
    return folder


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_project_is_its_params_and_what_dvc_needs_and_no_code(tmp_path: Path) -> None:
    create(tmp_path / "mine", PARAMS)
    assert set(files_below(tmp_path / "mine")) == {
        *("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore", "reports/benchmarks/.gitkeep"),
        *(".dvc/config", ".dvc/.gitignore", ".dvc/lightcnn"),
    }
    assert read_yaml(tmp_path / "mine/params.yaml") == PARAMS


def test_dvc_takes_it_for_a_repository_with_a_store_of_its_own(tmp_path: Path) -> None:
    create(tmp_path / "mine", PARAMS)
    with Repo(str(tmp_path / "mine")) as repo:
        assert repo.root_dir == str(tmp_path / "mine")
        assert repo.config["core"]["no_scm"] is True
        assert (repo.config["core"]["remote"], repo.config["remote"]["store"]["url"]) == ("store", str(tmp_path / "mine/store"))
        assert {stage.name for stage in repo.index.stages} > {"code", "plan", "train@raw", "fuse@pair", "report"}
    assert ships(tmp_path / "mine")


@pytest.mark.parametrize(("ignored", "no_scm"), [("", False), ("/mine/\n", True)])
def test_inside_git_it_is_tracked_unless_git_ignores_it(tmp_path: Path, ignored: str, no_scm: bool) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(ignored)
    create(tmp_path / "mine", PARAMS)
    with Repo(str(tmp_path / "mine")) as repo:
        assert repo.config["core"].get("no_scm", False) is no_scm
    assert git(tmp_path, "diff", "--cached", "--name-only") == ""


def test_a_study_shares_cache_and_store_of_its_repository_by_relative_paths(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    create(tmp_path / "root", PARAMS)
    study = tmp_path / "root" / STUDIES / "one"
    create(study, PARAMS)
    assert str(tmp_path) not in (study / ".dvc/config").read_text()
    with Repo(str(study)) as repo, Repo(str(tmp_path / "root")) as root:
        assert repo.cache.local.path == root.cache.local.path
        assert repo.config["remote"]["store"]["url"] == root.config["remote"]["store"]["url"]
        assert not [stage for stage in root.index.stages if STUDIES in stage.path_in_repo]
    assert not ships(study)
    assert studies(tmp_path / "root") == [study]


def test_a_study_ships_once_dvc_was_told_its_default_remote(tmp_path: Path) -> None:
    create(tmp_path / "root", PARAMS)
    study = tmp_path / "root" / STUDIES / "one"
    create(study, PARAMS)
    subprocess.run([sys.executable, "-m", "dvc", "remote", "default", "store"], cwd=study, check=True)
    assert ships(study)
    create(study, PARAMS)
    assert ships(study)


def test_a_second_time_params_and_dvc_yaml_are_brought_up_to_date_and_the_rest_is_kept(tmp_path: Path) -> None:
    create(tmp_path, PARAMS)
    for name in (".gitignore", ".dvc/config", "runs/raw/weights.safetensors"):
        write_bytes(tmp_path / name, b"mine")
    (tmp_path / "dvc.yaml").write_text("stages: {}")
    create(tmp_path, {**PARAMS, "note": "second"})
    assert {(tmp_path / name).read_text() for name in (".gitignore", ".dvc/config", "runs/raw/weights.safetensors")} == {"mine"}
    assert (tmp_path / "dvc.yaml").read_text() == pipeline()
    assert read_yaml(tmp_path / "params.yaml")["note"] == "second"


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="not a lightcnn project"):
        create(tmp_path, PARAMS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "place",
    [
        *(".", "..", "link", "lightcnn", "lightcnn/demo", "stages/new", "data/demo", ".dvc/tmp/demo", "plan", "models", "runs/demo"),
        *("studies/one/two", "studies/../data/demo"),
    ],
)
def test_a_project_itself_what_holds_it_and_its_parts_are_no_place_for_another(checkout: Path, place: str) -> None:
    (checkout / "link").symlink_to(checkout)
    (checkout / "studies/one").mkdir(parents=True)
    before = files_below(checkout.parent)
    with pytest.raises(UserError, match=r"^/.*; name (a folder beside it, or outside|an empty folder)$"):
        create(checkout / place, PARAMS)
    assert files_below(checkout.parent) == before


def test_somebody_elses_dvc_project_and_a_demo_without_a_mark_are_refused_and_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    for name in (".dvc/config", "dvc.yaml", "params.yaml", ".gitignore", "lightcnn/mine.py", ".lightcnn-workspace"):
        write_bytes(theirs / name, b"mine")
    before = files_below(tmp_path)
    with pytest.raises(UserError, match=r"not a lightcnn project \(no \.dvc/lightcnn in it\) \(if it is a demo .*, remove it\)"):
        create(theirs, PARAMS)
    assert files_below(tmp_path) == before


def test_a_project_may_lie_beside_the_parts_of_another_and_is_known_again(checkout: Path) -> None:
    for folder in (checkout / "demo", checkout / "studies/one", checkout.parent / "outside/demo"):
        create(folder, PARAMS)
        create(folder, {**PARAMS, "note": "again"})
        assert read_yaml(folder / "params.yaml")["note"] == "again"


def test_what_a_link_in_a_project_points_at_is_not_written_to(checkout: Path, tmp_path: Path) -> None:
    create(tmp_path / "work", PARAMS)
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / "work" / name).unlink()
        (tmp_path / "work" / name).symlink_to(checkout / name)
    before = files_below(checkout)
    create(tmp_path / "work", PARAMS)
    assert files_below(checkout) == before


def test_the_mark_comes_first_so_that_a_failure_can_be_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(project, "_config", lambda *_: signal.raise_signal(signal.SIGINT))
        create(tmp_path / "work", PARAMS)
    create(tmp_path / "work", PARAMS)
    assert read_yaml(tmp_path / "work/params.yaml") == PARAMS


def without_code(stages: dict[str, Any]) -> dict[str, Any]:
    """The stages of a dvc.yaml but for what says where the code is."""
    left = {name: stage for name, stage in stages.items() if name != "code"}
    deps = [path for path in left["plan"]["deps"] if path not in ("code.json", "lightcnn", "stages")]
    return {**left, "plan": {**left["plan"], "deps": deps}}


def test_every_dvc_yaml_is_the_one_of_the_package() -> None:
    """`python -m lightcnn.pipeline.project` writes them anew."""
    assert (ROOT / "dvc.yaml").read_text() == pipeline(has_code=True)
    for study in studies(ROOT):
        assert (study / "dvc.yaml").read_text() == pipeline(), study


def test_the_checkout_has_the_same_pipeline_but_for_where_the_code_is(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(pipeline())
    ours, theirs = read_yaml(ROOT / "dvc.yaml")["stages"], read_yaml(tmp_path / "dvc.yaml")["stages"]
    assert without_code(ours) == without_code(theirs)
    assert ours["plan"]["deps"] == ["lightcnn", "stages", "params.yaml"]
    assert theirs["plan"]["deps"] == ["code.json", "params.yaml"]
    assert theirs.keys() - ours.keys() == {"code"}
    assert theirs["code"]["always_changed"] is True


def test_what_projects_ignore_the_repository_ignores_too(tmp_path: Path) -> None:
    create(tmp_path, PARAMS)
    for name in (".gitignore", ".dvcignore"):
        wanted = set((tmp_path / name).read_text().splitlines()) - {"/code.json"}
        assert wanted <= set((ROOT / name).read_text().splitlines())


def test_the_repository_is_set_up_as_its_projects_are(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    create(tmp_path / "mine", PARAMS)
    for name in (".dvc/config", ".dvc/.gitignore"):
        assert (ROOT / name).read_text() == (tmp_path / "mine" / name).read_text()
    for study in studies(ROOT):
        new = tmp_path / "mine" / STUDIES / study.name
        create(new, PARAMS)
        assert files_below(new).keys() <= files_below(study).keys()
        config = (study / ".dvc/config").read_text().replace("    remote = store\n", "")  # of one that ships
        assert config == (new / ".dvc/config").read_text()
