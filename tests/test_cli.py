"""The command line, from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

from lightcnn.core.files import write_bytes
from lightcnn.pipeline import project
from tests.helpers import ROOT


def lightcnn(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lightcnn.cli", *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_without_a_command_the_commands_are_listed() -> None:
    done = lightcnn()
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == [
        *("check", "compare", "demo", "docs", "info", "init", "predict", "search", "train", "verify")
    ]


def test_an_unknown_command_is_wrong_usage() -> None:
    done = lightcnn("chekc")
    assert (done.returncode, done.stdout) == (2, "")


def test_check_accepts_the_projects_params() -> None:
    assert lightcnn("check").returncode == 0


def test_check_names_every_fault_on_a_line_of_its_own(tmp_path: Path) -> None:
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("valid_size: 5000", "valid_size: -1").replace("warmup: 20", "warmpu: 20"))
    done = lightcnn("check", cwd=tmp_path)
    assert done.returncode == 1
    assert [line.split(": ")[1] for line in done.stderr.splitlines() if line.startswith("params.yaml")] == [
        "data.valid_size",
        "latency.warmpu",
    ]
    assert "Traceback" not in done.stderr


@pytest.fixture
def miniature(tmp_path: Path) -> Path:
    """A checkout in miniature, without results."""
    write_bytes(tmp_path / "lightcnn/__init__.py", b"")
    return tmp_path


def test_docs_writes_the_page_of_techniques_also_where_there_are_no_results(miniature: Path) -> None:
    done = lightcnn("docs", str(miniature))
    committed = (ROOT / "docs" / "techniques.md").read_text("utf-8")
    assert (miniature / "docs" / "techniques.md").read_text("utf-8") == committed.partition("\n## Smoke test")[0]
    assert done.returncode == 1
    assert "params.yaml: not there" in done.stderr


def test_an_unknown_demo_says_which_there_are() -> None:
    done = lightcnn("demo", "--data", "imagenet")
    assert done.returncode == 1
    assert "there are: digits, cifar10" in done.stderr


def test_docs_replaces_no_file_but_its_own(miniature: Path) -> None:
    write_bytes(miniature / "docs/techniques.md", b"# Techniques that I like")
    done = lightcnn("docs", str(miniature))
    assert done.returncode == 1
    assert "docs/techniques.md: not written by this command" in done.stderr
    assert (miniature / "docs/techniques.md").read_text() == "# Techniques that I like"


def make(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    makefile = str(ROOT / "Makefile")
    return subprocess.run(["make", "-f", makefile, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_clean_removes_a_demo_and_leaves_a_folder_of_that_name_and_builds_of_others(tmp_path: Path) -> None:
    for folder in ("benchmarks", "lightcnn", "stages", "tests", "demo", "build", ".ruff_cache"):
        (tmp_path / folder).mkdir()
    done = make("clean", cwd=tmp_path)
    assert "demo/ stays" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"benchmarks", "lightcnn", "stages", "tests", "demo", "build"}
    write_bytes(tmp_path / "demo" / project.MARK, b"")
    assert make("clean", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "demo").exists()


def test_setup_leaves_an_environment_of_the_users_alone(tmp_path: Path) -> None:
    for name in (".venv/lib/mine.py", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    done = make("setup", cwd=tmp_path)
    assert done.returncode == 2
    assert ".venv is there, has no pip, and is not of this Makefile's making" in done.stderr
    assert (tmp_path / ".venv/lib/mine.py").read_text() == "mine"
