"""The training benchmark's bookkeeping, without any training."""

from pathlib import Path

import pytest

from benchmarks import training
from lightcnn.core.files import read_json

RATES = {"ours": 300.0, "limit": 400.0, "usual-2-contiguous": 150.0}


def test_the_best_usual_loop_is_compared_with_and_a_line_tells_of_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "images_per_second", lambda case, loop: RATES.get(loop, 100.0))  # noqa: ARG005
    training.main(tmp_path / "out.json", rounds=2)
    cases = read_json(tmp_path / "out.json")["cases"]
    assert {row["usual_is"] for row in cases.values()} == {"usual-2-contiguous"}
    assert cases["paper"]["ours_over_usual"] == {"median": 2.0, "least": 2.0, "most": 2.0}
    assert cases["paper"]["ours_over_limit"]["median"] == 0.75
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("training loops: step ")]
    assert [line.split()[3] for line in lines] == [f"{step}/30" for step in range(1, 31)]
