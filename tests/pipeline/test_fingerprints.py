"""Fingerprints: what leaves them alone, what changes them, and how far the imports reach."""

import ast
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lightcnn.pipeline.fingerprints import fingerprint, fingerprints, import_closure, read_sources
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT

CODE = '''"""What it is."""
import math


class Component:
    """A component."""

    size: int = 3

    def area(self, wide: float = 1.0, *, high: float | None = None) -> float:
        """Its area."""
        text = f"{wide:.2f} by {high!r}"
        if high is None or wide > 2:
            return math.pi * wide**2  # round
        return [side * 2 for side in (wide, high)][0] + len(text)


async def later(value: bytes = b"x") -> None:
    """Wait."""
    async with value as other:
        yield other
'''
SAME = {
    "a comment": ("  # round", "  # quite round"),
    "a comment less": ("  # round", ""),
    "a module's docstring": ("What it is.", "What it was."),
    "a module's docstring less": ('"""What it is."""\n', ""),
    "a class's docstring": ('"""A component."""\n\n    size', "size"),
    "a function's docstring": ('"""Its area."""', '"""Its area, in square metres.\n\n        Raises:\n            Nothing.\n        """'),
    "a docstring less": ('        """Its area."""\n', ""),
    "a coroutine's docstring": ('"""Wait."""', '"""Wait a while."""'),
    "blank lines": ("\n\n\nclass", "\n\n\n\n\nclass"),
    "line breaks": ("(self, wide: float = 1.0,", "(\n        self,\n        wide: float = 1.0,"),
    "brackets": ("math.pi * wide**2", "(math.pi * (wide**2))"),
    "quotes": ('b"x"', "b'x'"),
    "how a number is written": ("wide: float = 1.0", "wide: float = 1.00"),
    "line ends": ("\n", "\r\n"),
}
OTHER = {
    "a number": ("= 3", "= 4"),
    "a text for a number": ("= 3", "= '3'"),
    "a number's kind": ("wide: float = 1.0", "wide: float = 1"),
    "a name": ("math.pi", "math.e"),
    "an operator": ("wide**2", "wide*2"),
    "a comparison": ("wide > 2", "wide >= 2"),
    "an argument's name": ("wide: float", "width: float"),
    "a default": ("= None)", "= 0.0)"),
    "a default less": ("wide: float = 1.0", "wide: float"),
    "a keyword made positional": (" *,", ""),
    "an annotation": ("size: int", "size: float"),
    "a format": (":.2f", ":.3f"),
    "a conversion": ("!r", "!s"),
    "a text": (" by ", " x "),
    "a string's kind": ('b"x"', '"x"'),
    "and for or": ("None or", "None and"),
    "a set for a tuple": ("(wide, high)]", "{wide, high}]"),
    "an import": ("import math", "import cmath as math"),
    "a base class": ("class Component:", "class Component(dict):"),
    "a decorator": ("    def area", "    @staticmethod\n    def area"),
    "order of statements": ('"""Wait."""\n', '"""Wait."""\n    pass\n'),
    "a string that is no docstring": ("    size: int", '    "Another."\n    size: int'),
    "asynchronous or not": ("    async with", "    with"),
}


def hash_of(code: str) -> str:
    return fingerprint("lightcnn/component.py", code.encode())


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_what_does_nothing_leaves_it_alone(old: str, new: str) -> None:
    assert old in CODE
    assert hash_of(CODE.replace(old, new)) == hash_of(CODE)


@pytest.mark.parametrize(("old", "new"), OTHER.values(), ids=OTHER)
def test_any_other_edit_changes_it(old: str, new: str) -> None:
    assert old in CODE
    assert hash_of(CODE.replace(old, new)) != hash_of(CODE)


def edits_of(code: str) -> list[str]:
    """The same code with one leaf of its tree changed, for every leaf that can be."""
    found = []
    for place, node in enumerate(ast.walk(ast.parse(code))):
        for field, value in ast.iter_fields(node):
            if isinstance(value, str | int | float | bytes) and not isinstance(value, bool) and field not in ("kind", "conversion"):
                tree = ast.parse(code)
                changed = list(ast.walk(tree))[place]
                setattr(changed, field, f"{value}_" if isinstance(value, str) else value + (b"_" if isinstance(value, bytes) else 1))
                found.append(ast.unparse(tree))
    return found


def test_every_name_and_constant_of_a_tree_counts() -> None:
    code = ast.unparse(ast.parse("\n".join(line for line in CODE.splitlines() if '"""' not in line)))
    edits = edits_of(code)
    assert len(edits) > 40
    assert len({hash_of(edit) for edit in [code, *edits]}) == len({*edits, code})


def test_of_what_is_no_python_every_byte_counts() -> None:
    assert fingerprint("a/page.html", b"<p># x") != fingerprint("a/page.html", b"<p>#  x")


SOURCES = {
    "stages/train.py": b"from lightcnn.core import command\nfrom lightcnn.training.loop import fit",
    "stages/other.py": b"import stages.train",
    "lightcnn/__init__.py": b"",
    "lightcnn/core/command.py": b"import numpy\nif True:\n    def late():\n        import lightcnn.deep.er.tool as t",
    "lightcnn/training/loop.py": b"from lightcnn.core.command import run",
    "lightcnn/deep/__init__.py": b"from lightcnn.deep.used import thing",
    "lightcnn/deep/used.py": b"",
    "lightcnn/deep/unused.py": b"",
    "lightcnn/deep/er/__init__.py": b"",
    "lightcnn/deep/er/tool.py": b"",
    "lightcnn/deep/er/page.html": b"<p>",
    "lightcnn/deep/style.css": b"p {}",
    "lightcnn/far/page.html": b"<p>",
    "lightcnn/far/component.py": b"import lightcnn.training.loop",
    "stages/lightcnn.py": b"",
}


def test_imports_are_followed_through_packages_and_into_functions() -> None:
    assert import_closure(["stages.train"], SOURCES) == {
        *("stages/train.py", "lightcnn/__init__.py", "lightcnn/core/command.py", "lightcnn/training/loop.py", "lightcnn/deep/__init__.py"),
        *("lightcnn/deep/used.py", "lightcnn/deep/er/__init__.py", "lightcnn/deep/er/tool.py"),
    }


def test_a_circle_of_imports_ends() -> None:
    assert import_closure(["a"], {"a.py": b"import b", "b.py": b"import a"}) == {"a.py", "b.py"}


def test_what_lies_beside_a_module_reached_belongs_to_it() -> None:
    reached = fingerprints(["stages.train"], SOURCES)
    assert {path for path in reached if not path.endswith(".py")} == {"lightcnn/deep/er/page.html", "lightcnn/deep/style.css"}
    assert list(reached) == sorted(reached)


def test_a_room_named_beside_the_stage_is_reached_too() -> None:
    assert {"lightcnn/far/component.py", "lightcnn/far/page.html"} <= fingerprints(
        ["stages.train", "lightcnn.far.component"], SOURCES
    ).keys()


def test_this_project_imports_nothing_in_ways_that_are_not_followed() -> None:
    for path, content in read_sources(ROOT).items():
        if path.endswith(".py"):
            nodes = list(ast.walk(ast.parse(content)))
            assert not any(isinstance(node, ast.ImportFrom) and (node.level or node.names[0].name == "*") for node in nodes), path
            names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in nodes}
            assert path == "lightcnn/core/registry.py" or not names & {"import_module", "__import__"}, path


def python(version: str) -> str:
    """An interpreter of that version; a shim of pyenv's may stand for one that is not there."""
    homes = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for candidate in (*map(str, homes), shutil.which(f"python{version}")):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip(f"no Python {version} here")


PROGRAM = """
import importlib.util, json, pathlib, sys
spec = importlib.util.spec_from_file_location("sources", "lightcnn/pipeline/fingerprints.py")
sources = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sources)
print(json.dumps({path: sources.fingerprint(path, pathlib.Path(path).read_bytes()) for path in json.load(sys.stdin)}))
"""


def fingerprinted(version: str, paths: list[str], folder: Path) -> dict[str, str]:
    command = [python(version), "-c", PROGRAM]
    run = subprocess.run(command, input=json.dumps(paths), cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_file_has_the_same_fingerprint_on_every_python(version: str) -> None:
    files = read_sources(ROOT)
    assert fingerprinted(version, list(files), ROOT) == {path: fingerprint(path, content) for path, content in files.items()}


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_syntax_of_every_kind_has_too(version: str, tmp_path: Path) -> None:
    # A format within a format is left out: Python 3.12.1 parses it wrongly.
    odd = CODE + 'x = f"a{1}" "b" f"{4=}" f"{5:}" "" u"c"\nmatch x:\n    case None | {"a": 1, **rest}: pass\ny = [*x, -0.0, 1j, ...]\n'
    (tmp_path / "lightcnn" / "pipeline").mkdir(parents=True)
    shutil.copy(ROOT / "lightcnn/pipeline/fingerprints.py", tmp_path / "lightcnn/pipeline")
    (tmp_path / "odd.py").write_text(odd)
    assert fingerprinted(version, ["odd.py"], tmp_path) == {"odd.py": hash_of(odd)}


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf"])
def test_a_clone_has_the_same_bytes_whatever_git_is_told_of_line_ends(tmp_path: Path, setting: str) -> None:
    origin = Pipe(tmp_path / "origin")
    shutil.copytree(ROOT / "lightcnn", origin.folder / "lightcnn", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "stages", origin.folder / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".gitattributes", "dvc.lock", "params.yaml", "reports/report.html"):
        (origin.folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, origin.folder / name)
    (origin.folder / "table.tsv").write_bytes(b"a\r\nb\n")  # what has one kind of line end keeps it
    origin.git("init", "-q").succeeded()
    origin.git("-c", setting, "add", "-A").succeeded()
    origin.git("commit", "-qm", "start").succeeded()
    origin.git("-c", setting, "clone", "-q", ".", str(tmp_path / "clone")).succeeded()
    for path in (path for path in origin.folder.rglob("*") if path.is_file() and ".git" not in path.parts):
        assert (tmp_path / "clone" / path.relative_to(origin.folder)).read_bytes() == path.read_bytes()
    assert plans_of(tmp_path / "clone") == plans_of(ROOT)


def plans_of(root: Path) -> dict[str, dict[str, str]]:
    """The code of each stage, as its plan has it."""
    sources = read_sources(root)
    stages = [path.partition("/")[2].removesuffix(".py") for path in sources if path.startswith("stages/")]
    return {stage: fingerprints([f"stages.{stage}"], sources) for stage in stages}


def test_what_lies_beside_code_and_is_none_changes_no_plan(tmp_path: Path) -> None:
    for folder in ("lightcnn", "stages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = plans_of(tmp_path)
    for number, path in enumerate(sorted((tmp_path / "lightcnn").rglob("*.py"))):
        name = ("x.py.rej", "x.py.orig", "x.json", "x 2.py", "notes.txt", ".x.py", "x.css~", "x.ipynb", "x.yaml")[number % 9]
        (path.parent / name).write_text("no Python {")
    assert plans_of(tmp_path) == before
