"""Where the images of a project are: noted, or named by the variable, which wins."""

from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.data.image_folder.place import FILE, VARIABLE, Noted, read_noted, root_of, write_noted


def test_what_is_noted_is_read_again_and_the_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "yours", "project"):
        Path(name).mkdir()
    assert read_noted(tmp_path / "project") is None
    write_noted(tmp_path / "project", Noted(Path("mine"), {"a.png": "00"}))
    assert read_noted(tmp_path / "project") == Noted(tmp_path / "mine", {"a.png": "00"})
    assert root_of(tmp_path / "project") == tmp_path / "mine"
    monkeypatch.setenv(VARIABLE, "../yours")
    assert root_of(tmp_path / "project").resolve() == tmp_path / "yours"


def test_what_is_gone_or_of_another_form_is_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    write_noted(tmp_path, Noted(tmp_path / "gone", {}))
    with pytest.raises(UserError, match=rf"^{tmp_path}/gone: no such folder or list; .*`lightcnn init FOLDER --update --images PATH`$"):
        root_of(tmp_path)
    (tmp_path / FILE).write_text('{"root": 1}')
    with pytest.raises(UserError, match=rf"^{tmp_path / FILE}: not of this version; note it with "):
        root_of(tmp_path)
