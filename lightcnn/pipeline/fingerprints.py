"""Hash the source files that code can reach, without comments and docstrings.

The code that is hashed is the code that is imported, wherever the working directory is.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath

Sources = Mapping[str, bytes]
"""The project's files: path with slashes, relative to the root, to content."""

CODE = Path(__file__).parents[2]
"""The folder that holds the packages that are imported."""

PACKAGES = ("lightcnn", "stages")

PACKAGE_DATA = (".css", ".html", ".jinja", ".js")
"""Files beside modules that belong to them; pyproject.toml has the same list."""


def read_sources(root: Path = CODE) -> dict[str, bytes]:
    """The project's own code and the package data beside it, as packaging would take them: path to content.

    What editors, file managers and merges leave lying (`a.py.rej`, `a 2.py`) is neither.
    """
    files = (path.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*") if path.is_file())
    return {path.as_posix(): (root / path).read_bytes() for path in sorted(files) if _is_packaged(path)}


def _is_packaged(path: Path) -> bool:
    is_code = path.suffix == ".py" and path.stem.isidentifier()
    is_data = path.suffix in PACKAGE_DATA and not path.name.startswith(".")
    return (is_code or is_data) and all(part.isidentifier() for part in path.parent.parts)


def fingerprints(entries: Iterable[str], sources: Sources) -> dict[str, str]:
    """Path to hash of every file that the modules `entries` (dotted names) can reach through imports.

    Files that are no Python and lie beside a module reached (templates, style sheets) belong to it.

    Raises:
        SyntaxError: where a module that is reached is invalid Python.
    """
    reached = import_closure(entries, sources)
    folders = {str(PurePosixPath(path).parent) for path in reached}
    beside = {path for path in sources if not path.endswith(".py") and str(PurePosixPath(path).parent) in folders}
    return hashes_of({path: sources[path] for path in sorted(reached | beside)})


def hashes_of(sources: Sources) -> dict[str, str]:
    """Path to hash of all files."""
    return {path: fingerprint(path, content) for path, content in sources.items()}


def edited_since(code: Mapping[str, str]) -> str | None:
    """The first of the files hashed in `code` that is another one now, among those that are imported here, or is gone."""
    return next(
        (path for path, wanted in code.items() if not (file := CODE / path).is_file() or fingerprint(path, file.read_bytes()) != wanted),
        None,
    )


def import_closure(entries: Iterable[str], sources: Sources) -> set[str]:
    """Paths of the modules that `entries` import, directly or not, within `sources`; packages above them included."""
    waiting, reached = [path for entry in entries for path in _files_of(entry, sources)], set[str]()
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [file for name in _imported(path, sources[path]) for file in _files_of(name, sources)]
    return reached


@lru_cache(maxsize=1024)
def fingerprint(path: str, content: bytes) -> str:
    """Hash of a file: of Python the syntax tree without comments and docstrings, of anything else, and of what is invalid Python, the bytes."""
    if path.endswith(".py"):
        with suppress(SyntaxError):
            content = "".join(_parts(_tree(path, content))).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:16]


def _files_of(name: str, sources: Sources) -> list[str]:
    """The file of a dotted name and those of the packages above it; what follows the last module (a function, say) is dropped."""
    parts = name.split(".")
    stems = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    return [path for stem in stems for path in (f"{stem}/__init__.py", f"{stem}.py") if path in sources]


@lru_cache(maxsize=1024)
def _imported(path: str, content: bytes) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(_tree(path, content)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def _tree(path: str, content: bytes) -> ast.Module:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError) as error:  # of a null byte Pythons say it in either way, and not in which file
        raise SyntaxError(str(error), (path, None, None, None)) from None


def _parts(node: ast.AST) -> Iterator[str]:
    """The tree as text that is the same on every Python: only node types and fields that say something."""
    yield f"({type(node).__name__}"
    for field, value in ast.iter_fields(node):
        if field == "body" and _has_docstring(node):
            value = value[1:]
        if value is None or value == [] or field in ("ctx", "kind", "type_comment", "type_ignores"):
            continue  # what one Python writes as an empty field, another leaves out
        yield f" {field}="
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield from _parts(item)
            else:
                yield f"[{item!r}]"
    yield ")"


def _has_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node, clean=False) is not None
    )
