"""The stage that hashes the code of a project which lies elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightcnn.pipeline.fingerprints import read_sources
from stages import code
from tests.helpers import ROOT


def test_it_hashes_what_is_imported_wherever_it_runs_and_needs_no_torch(tmp_path: Path) -> None:
    program = (
        "import runpy, sys; sys.argv = ['code', '--out', 'code.json']; runpy.run_module('stages.code', run_name='__main__'); "
        "print({'torch', 'pydantic', 'numpy', 'ruamel'} & sys.modules.keys())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
    text = (tmp_path / "code.json").read_text()
    hashes = json.loads(text)
    paths = {path for folder in ("lightcnn", "stages") for path in (ROOT / folder).rglob("*.py")}
    assert {path.relative_to(ROOT).as_posix() for path in paths} <= hashes.keys()
    assert list(hashes) == sorted(hashes)
    assert str(ROOT) not in text


def test_comments_leave_it_alone_and_code_that_is_half_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"lightcnn/a.py": "A = 1\n", "stages/b.py": "B = 1\n"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(code, "read_sources", lambda: read_sources(tmp_path))

    def written() -> dict[str, str]:
        code.main(out=tmp_path / "code.json")
        return json.loads((tmp_path / "code.json").read_text())

    before = written()
    (tmp_path / "lightcnn/a.py").write_text("# as before\nA = 1\n")
    assert written() == before
    (tmp_path / "lightcnn/a.py").write_text("A = (\n")
    assert [path for path, md5 in written().items() if before[path] != md5] == ["lightcnn/a.py"]
