"""Asking git: what it says, and why it does not."""

from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.git import git
from lightcnn.pipeline import verify
from tests.end_to_end.pipe import Pipe


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """A repository that git takes for another owner's, by the switch that its own tests have for it."""
    pipe = Pipe(tmp_path / "theirs")
    pipe.folder.mkdir()
    (pipe.folder / "a").write_text("é")
    pipe.git("init", "-q").succeeded()
    pipe.commit("start")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    return pipe


@pytest.mark.parametrize("ask", [lambda root: git(root, "status"), verify.uncommitted])
def test_gits_own_reason_is_told_in_one_line(strangers: Pipe, ask: object) -> None:
    with pytest.raises(UserError, match=r"dubious ownership .*git config --global --add safe\.directory") as caught:
        ask(strangers.folder)  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_what_git_prints_is_utf_8(tmp_path: Path) -> None:
    pipe = Pipe(tmp_path)
    (tmp_path / "a").write_text("é", "utf-8")
    pipe.git("init", "-q").succeeded()
    pipe.commit("start")
    assert git(tmp_path, "show", "HEAD:a") == "é"
