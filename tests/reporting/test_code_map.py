"""The map of the code: every module in it once, with its own first line, components by name."""

from pathlib import Path

from lightcnn.reporting.code_map import code_map
from tests.helpers import ROOT


def test_a_small_package_worked_by_hand(tmp_path: Path) -> None:
    files = {
        "stages/__init__.py": '"""The stages."""',
        "lightcnn/__init__.py": '"""All of it."""',
        "lightcnn/cli.py": '"""Commands.\n\nMore of it.\n"""',
        "lightcnn/optim/__init__.py": '"""Optimizers."""',
        "lightcnn/optim/_groups.py": '"""What they share.\n\nsource     a book\n"""',
        "lightcnn/optim/lion.py": '"""Lion.\n\nsource     a paper\n"""',
        "lightcnn/optim/adam.py": '"""Adam.\n\nsource     a paper\n"""',
        "benchmarks/__init__.py": '"""Timings."""',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [line.split(maxsplit=1) for line in code_map(tmp_path).splitlines()] == [
        ["```"],
        ["stages/", "The stages."],
        ["lightcnn/", "All of it."],
        ["cli.py", "Commands."],
        ["optim/", "Optimizers."],
        ["_groups.py", "What they share."],
        ["adam,", "lion"],
        ["benchmarks/", "Timings."],
        ["```"],
    ]


def test_every_module_of_the_project_is_in_the_map_once() -> None:
    words = code_map(ROOT).replace(",", " ").split()
    for folder in ("stages", "lightcnn", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name != "__init__.py":
                assert path.name in words or path.stem in words, path
