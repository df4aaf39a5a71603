"""The map of the code in README: one line for each file, from the docstrings."""

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("stages", "lightcnn", "benchmarks")
WIDTH = 30


def code_map(root: Path) -> str:
    """A Markdown code block: below each package its modules with what they say they are, and the names of its components in one line."""
    return "\n".join(["```", *(line for folder in FOLDERS for line in _lines(root / folder, 0)), "```", ""])


def _lines(folder: Path, depth: int) -> Iterator[str]:
    yield _line(f"{folder.name}/", _first_line(folder / "__init__.py"), depth)
    modules = {path: _docstring(path) for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"}
    components = [path for path, text in modules.items() if "\nsource " in text and not path.name.startswith("_")]
    yield from (_line(path.name, _first_line(path), depth + 1) for path in modules if path not in components)
    if components:
        yield _line("", ", ".join(path.stem for path in components), depth + 1)
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield from _lines(package, depth + 1)


def _line(name: str, text: str, depth: int) -> str:
    return f"{('  ' * depth + name).ljust(WIDTH)}{text}".rstrip()


def _first_line(path: Path) -> str:
    return _docstring(path).partition("\n")[0]


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_bytes())) or ""
