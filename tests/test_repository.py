"""What may stand in the repository, and what its dependencies are for."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.helpers import ROOT

TRACKED = {
    *(".ci", ".dvc", ".dvcignore", ".gitattributes", ".gitignore"),
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("constraints.txt", "dvc.lock", "dvc.yaml", "lightweight_cnn.ipynb", "params.yaml", "pyproject.toml", "search.yaml"),
    *("benchmarks", "data", "docs", "lightcnn", "reports", "stages", "store", "studies", "tests"),
}
RUN_AS_COMMANDS = {"dvc", "onnxscript"}
"""Not imported by the project: it is started, and torch.onnx.export imports it."""


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout")
    return listed.stdout.splitlines()


def test_nothing_unknown_lies_at_the_top() -> None:
    assert {path.partition("/")[0] for path in tracked()} <= TRACKED


def test_the_library_has_at_most_fifteen_entries() -> None:
    assert len({path.split("/")[1] for path in tracked() if path.startswith("lightcnn/")}) <= 15


def test_the_store_is_small_enough_for_git() -> None:
    assert sum((ROOT / path).stat().st_size for path in tracked() if path.startswith("store/")) <= 30e6


def imported() -> set[str]:
    """Distributions that lightcnn/ and stages/ import."""
    names = set()
    for path in (*(ROOT / "lightcnn").rglob("*.py"), *(ROOT / "stages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names |= {module.partition(".")[0] for module in modules}
    known = packages_distributions()
    return {distribution.lower() for name in names for distribution in known.get(name, [])}


def test_every_dependency_is_used_and_everything_used_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].get("train", [])
    declared = {re.match(r"[\w.-]+", line)[0].lower() for line in (*project["dependencies"], *extras)}
    assert declared - imported() <= RUN_AS_COMMANDS
    assert imported() - declared <= {"lightcnn", "markupsafe", "pydantic_core"}  # of jinja2 and pydantic
