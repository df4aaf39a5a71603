"""What file managers, merges and DVC itself leave lying in folders of results makes nothing run again."""

from pathlib import Path

import pytest
from dvc.repo import Repo

from tests.helpers import ROOT

LITTER = (".DS_Store", "._x.tsv", "Thumbs.db", "desktop.ini", ".Xy7z.tmp", "x.tmp", "x.json~", ".x.swp", "x.py.orig", "x.py.rej")


@pytest.mark.parametrize(
    "folder", ["exported/enhanced", "evaluation", "runs/enhanced", "reports/curves/enhanced", "reports/metrics", "lightcnn"]
)
def test_litter_is_none_of_dvcs_files(tmp_path: Path, folder: str) -> None:
    Repo.init(tmp_path, no_scm=True).close()
    (tmp_path / ".dvcignore").write_bytes((ROOT / ".dvcignore").read_bytes())
    (tmp_path / folder).mkdir(parents=True)
    for name in (*LITTER, "model.onnx", "x.tsv", "x.json", "x.py"):
        (tmp_path / folder / name).write_text("x")
    with Repo(tmp_path) as repo:
        taken = {Path(path).name for path in repo.dvcignore.find(repo.fs, str(tmp_path / folder))}
    assert taken == {"model.onnx", "x.tsv", "x.json", "x.py"}
