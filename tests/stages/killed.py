"""A training that is killed in the middle, and what a training leaves."""

from pathlib import Path

import pytest

from lightcnn.core import progress

RESULTS = ("run/weights.safetensors", "run/config.json", "curves/0.tsv", "curves/1.tsv")


def bytes_of(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in RESULTS]


def kill_after(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    """Let the process end in the middle of a run."""
    left = iter(range(epochs - 1))

    def epoch(*_: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress.Progress, "epoch", epoch)
