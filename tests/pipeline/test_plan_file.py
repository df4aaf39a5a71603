"""A stage takes a plan only where the code that it imports is the code that was planned with."""

from pathlib import Path

import pytest

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.pipeline import fingerprints
from lightcnn.pipeline.plan_file import read_plan


class Settings(StrictModel):
    """What the plans of these tests hold."""

    epochs: int


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the code is imported from, so to say: two modules, and a plan that was made with them."""
    (tmp_path / "lightcnn").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"lightcnn/{name}.py").write_text(f"{name} = 1\n")
    monkeypatch.setattr(fingerprints, "CODE", tmp_path)
    hashes = fingerprints.hashes_of({f"lightcnn/{name}.py": f"{name} = 1\n".encode() for name in ("a", "b")})
    write_json(tmp_path / "plan.json", {"stage": "train", "name": "run", "settings": {"epochs": 2}, "code": hashes})
    return tmp_path


def test_code_that_says_the_same_is_taken(code: Path) -> None:
    (code / "lightcnn/b.py").write_text("# one\nb   =   1\n")
    (code / "lightcnn/c.py").write_text("new = 1\n")
    name, settings = read_plan(code / "plan.json", Settings)
    assert (name, settings.epochs) == ("run", 2)


@pytest.mark.parametrize("content", ["b = 2\n", "b = (\n", None])
def test_code_that_was_edited_or_is_gone_is_refused_in_a_line(code: Path, content: str | None) -> None:
    (code / "lightcnn/b.py").unlink()
    if content:
        (code / "lightcnn/b.py").write_text(content)
    with pytest.raises(UserError, match=r"^[^\n]*plan\.json: planned with other code .*\(lightcnn/b\.py\); `dvc repro plan` .*$"):
        read_plan(code / "plan.json", Settings)
