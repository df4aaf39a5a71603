"""The benchmark of workers: its bookkeeping, its table, and one real measurement in miniature."""

from pathlib import Path

import pytest

from benchmarks import workers
from lightcnn.core.files import read_json
from lightcnn.pipeline.waves import SUMMARY
from lightcnn.reporting.report.benchmarks import benchmark


def test_pairs_are_measured_in_turn_and_become_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured: list[tuple[str, int, int]] = []

    def rate(case: str, count: int, threads: int, _: int) -> float:
        measured.append((case, count, threads))
        return 100.0 * count + len(measured)

    monkeypatch.setattr(workers, "images_per_second", rate)
    monkeypatch.setattr(workers, "trained", lambda _: (10.5, 20.0))
    monkeypatch.setattr(workers, "dvc", lambda *_: None)
    monkeypatch.setattr(workers, "tiny", lambda *_: None)
    monkeypatch.setattr(workers, "FULL", workers.FULL._replace(rounds=2))
    workers.main(tmp_path / "out.json")
    assert measured[:4] == [("paper", 1, 2), ("paper", 2, 1)] * 2
    found = read_json(tmp_path / "out.json")
    assert found["cases"]["paper"]["two_over_one"] == {"median": 1.99, "least": 1.981, "most": 2.0}
    assert found["short"] == {"trainings": 40, "workers": 2, "wall_s": 10.5, "work_s": 20.0, "wall_over_share": 1.05}
    assert [row["stages"] for row in found["stages"]] == [50, 100, 200]
    table = benchmark("workers", found, {})
    assert [row[0] for row in table.rows] == ["the paper's branch", "enhanced branch", "MLPerf's ResNet-8", "widths 16, 32, 64"]
    assert table.rows[0][1:3] == ["102 (101 to 103)", "203 (202 to 204)"]
    assert "40 short trainings by `lightcnn train` took 1.05 of the time of their work, shared by 2" in table.text
    assert "40 short trainings: 1.050 of the workers' seconds" in capsys.readouterr().out


def test_the_seconds_are_read_from_what_the_command_says(tmp_path: Path) -> None:
    package = tmp_path / "lightcnn"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(f"print('a line')\nprint({SUMMARY.format(seeds=40, wall=12.5, work=23.0)!r})")
    assert workers.trained(tmp_path) == (12.5, 23.0)
    (package / "cli.py").write_text("print('something else')")
    with pytest.raises(workers.UserError, match="`lightcnn train` failed"):
        workers.trained(tmp_path)


@pytest.mark.slow
def test_short_trainings_and_finished_stages_are_timed_for_real(tmp_path: Path) -> None:
    short = workers.short_trainings(tmp_path / "short", workers.QUICK)
    assert (short["trainings"], short["wall_over_share"]) == (2, round(2 * short["wall_s"] / short["work_s"], 3))
    stages = workers.finished_stages(tmp_path / "stages", 2)
    assert 0 < stages["unchanged_s"] < stages["made_s"]
    assert sorted(path.name for path in (tmp_path / "stages/runs").iterdir()) == ["tiny-0", "tiny-1"]


def test_processes_are_timed_together_from_a_common_start() -> None:
    assert workers.images_per_second("paper", 2, 1, 2) > 0
