"""Components that cannot be imported, and files that are none."""

import shutil
from pathlib import Path

import pytest

from lightcnn.core import registry
from lightcnn.core.errors import UserError
from lightcnn.pipeline.params import load_params
from tests.helpers import ROOT

BROKEN = {
    "import nowhere_at_all": "ModuleNotFoundError: No module named 'nowhere_at_all'",
    "from math import nothing": "ImportError: cannot import name 'nothing'",
    "def (": "SyntaxError: invalid syntax",
    "raise ValueError('first\\nsecond')": "ValueError: first second",
    "1 / 0": "ZeroDivisionError: division by zero",
}


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The family `optim` in a copy of its own."""
    folder = tmp_path / "optim"
    shutil.copytree(registry.folder("optim"), folder)
    monkeypatch.setattr(registry, "folder", lambda _: folder)
    monkeypatch.setattr(registry, "package", lambda _: "optim")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.mark.parametrize("code", BROKEN)
def test_a_component_that_cannot_be_imported_is_told_with_its_file_and_params_are_not_blamed(
    family: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("optim", "optim.sgd"):
        monkeypatch.delitem(registry.importlib.sys.modules, module, raising=False)  # type: ignore[attr-defined]
    (family / "sgd.py").write_text(code)
    with pytest.raises(UserError, match=r"^optim/sgd\.py: cannot be imported ") as caught:
        load_params(ROOT / "params.yaml")
    assert BROKEN[code] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_components_are_files_that_can_be_imported_by_their_name(family: Path) -> None:
    before = registry.available("optim")
    for name in ("sgd 2.py", "sgd.py.orig", "sgd-old.py", "sgd.bak.py", "._sgd.py", "sgd.json"):
        (family / name).write_text("")
    assert registry.available("optim") == before


def test_a_copied_subject_is_not_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LIBRARY", tmp_path)
    for subject in ("training copy", "training", "training.bak"):
        (tmp_path / subject / "optim").mkdir(parents=True)
    assert registry.folder.__wrapped__("optim") == tmp_path / "training" / "optim"
