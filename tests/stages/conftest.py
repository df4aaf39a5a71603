"""A place to train in."""

from pathlib import Path

import pytest
import torch

from tests.helpers import write_prepared


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a prepared data set in it, for trainings in this process; torch's settings stay as they are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("runtime: {workers: 1}\n")
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda _: None)
    return write_prepared(tmp_path / "prepared")
