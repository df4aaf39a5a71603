"""Projects: a folder with params.yaml and results, and the installed package as its code.

Each is a DVC repository of its own, also inside another one's git repository: in a common one `dvc exp run` would check
out the outputs of all pipelines, two `dvc repro` would wait for one lock, and every dvc.yaml would slow the others.

In every project dvc.yaml is the same file. Its first stage, `code`, always runs and hashes the code that will be imported:
DVC cannot watch the folder of the package itself, since it would record that folder's path, and take bytecode in it for a
change. The checkout of the code is a project too; its plan depends on its two folders instead, so that `dvc status` is clean.
"""

import re
from configparser import ConfigParser
from itertools import chain
from pathlib import Path
from typing import Any

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.git import git
from lightcnn.core.yaml import as_yaml
from lightcnn.pipeline.fingerprints import CODE

TEMPLATE = Path(__file__).parent / "template"
MARK = Path(".dvc/lightcnn")
"""The file by which a folder that `create` made is known again; in any other, nothing is overwritten."""

STUDIES = "studies"
"""The folder of a project in which others lie that share its cache and its store."""

OUTPUTS = ("plan", "runs", "exported", "evaluation", "models")
"""Folders of the pipeline that DVC removes before it recreates them."""


def create(folder: Path, params: dict[str, Any]) -> None:
    """Make `folder` a project with `params`, or bring an earlier one up to date: what it has computed is kept.

    It gets params.yaml, dvc.yaml, .dvc/, .dvcignore and .gitignore. Where git ignores it, and outside of git, DVC does without git.
    In `studies/` of another project it shares that one's cache and store; it pushes there once `dvc remote default store` was said.

    Raises:
        UserError: where `folder` holds something else, or lies in a part of another project.
    """
    _refuse_foreign(folder)
    write_bytes(folder / MARK, b"Made by lightcnn, which brings dvc.yaml and params.yaml of this project up to date.\n")
    for name, content in (
        (".dvc/.gitignore", "/config.local\n/tmp\n/cache\n"),
        (".dvc/config", _config(folder)),
        (".dvcignore", (TEMPLATE / "dvcignore").read_text("utf-8")),
        (".gitignore", (TEMPLATE / "gitignore").read_text("utf-8")),
        ("reports/benchmarks/.gitkeep", ""),  # what the report takes in; here there may be none
    ):
        if not (folder / name).exists():
            write_bytes(folder / name, content.encode())
    write_bytes(folder / "dvc.yaml", pipeline().encode())
    write_bytes(folder / "params.yaml", as_yaml(params).encode())


def pipeline(has_code: bool = False) -> str:
    """The text of dvc.yaml: that of every project, or that of the one which has the code in it."""
    text = (TEMPLATE / "pipeline.yaml").read_text("utf-8")
    if has_code:
        text = re.sub(r"  code:\n(    .*\n)+\n", "", text).replace("- code.json\n", "- lightcnn\n      - stages\n")
    return text


def has_code(project: Path) -> bool:
    """Whether a project is a checkout of lightcnn."""
    return (project / "lightcnn/__init__.py").is_file()


def ships(project: Path) -> bool:
    """Whether `dvc push` of a project brings its weights to the store: a study that only compares keeps them in the cache."""
    config = ConfigParser(interpolation=None)
    config.read(project / ".dvc/config", "utf-8")
    return config.has_option("core", "remote")


def studies(project: Path) -> list[Path]:
    """The projects in `studies/`."""
    return sorted(path.parent for path in (project / STUDIES).glob("*/params.yaml"))


def home(project: Path) -> Path:
    """The project whose cache and store a project uses: its own, or that of the one it is a study of."""
    above = project.resolve().parent
    return above.parent if above.name == STUDIES and (above.parent / ".dvc").is_dir() else project


def _config(folder: Path) -> str:
    """What `dvc init`, `dvc config` and `dvc remote` would write, without seconds for each, and without touching git's index."""
    is_study = home(folder) != folder
    above = "../../.." if is_study else ".."
    core = {"analytics": "false", **({} if is_study else {"remote": "store"}), **({} if _is_in_git(folder) else {"no_scm": "true"})}
    cache = {"cache": {"dir": f"{above}/.dvc/cache"}} if is_study else {}
    sections = {"core": core, **cache, "'remote \"store\"'": {"url": f"{above}/store", "verify": "true"}}
    lines = ((f"[{title}]", *(f"    {key} = {value}" for key, value in keys.items())) for title, keys in sections.items())
    return "\n".join(chain(*lines, [""]))


def _is_in_git(folder: Path) -> bool:
    """Whether git would track what lies in a folder."""
    try:
        git(folder, "rev-parse", "--show-toplevel")
        return not git(folder, "status", "--porcelain", "--ignored", "--", str(MARK)).startswith("!!")
    except UserError:
        return False


def _refuse_foreign(folder: Path) -> None:
    """Stop where a project in `folder` would overwrite, or be taken for, what is not its own.

    Raises:
        UserError: see `create`.
    """
    place = folder.resolve()
    around = next((parent for parent in place.parents if (parent / ".dvc").is_dir()), None)
    if around and place.parent != around / STUDIES:
        part = around / place.relative_to(around).parts[0]
        if _is_taken(part, place):
            raise UserError(f"{folder}: lies in {part.name}/, a part of the project {around}; name a folder beside it, or outside")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        old = " (if it is a demo of an earlier version, remove it)" if (folder / ".dvc").exists() else ""
        raise UserError(f"{folder}: already contains something that is not a lightcnn project (no {MARK} in it){old}; name an empty folder")


def _is_taken(part: Path, place: Path) -> bool:
    """Whether a folder at the top of a project is no place for another one in it, or is an output of the pipeline."""
    return part.name in OUTPUTS or (part != place and part.exists() and not (part / MARK).is_file())


if __name__ == "__main__":  # after an edit of the template
    write_bytes(CODE / "dvc.yaml", pipeline(has_code=True).encode())
    for study in studies(CODE):
        write_bytes(study / "dvc.yaml", pipeline().encode())
