"""Which seed may begin when; DVC's part is played here, and real in tests/end_to_end/test_side_by_side.py."""

from collections.abc import Collection
from pathlib import Path

import pytest

from lightcnn.pipeline import waves
from lightcnn.pipeline.tasks import Run
from lightcnn.pipeline.waves import Waves

RUNS = {
    run.name: run
    for run in (
        Run("pupil", "distill", (0,), ("pair",)),
        Run("raw", "train", (0, 1)),
        Run("augmented", "train", (0, 1)),
        Run("pair", "fuse", (0, 1), ("raw", "augmented")),
    )
}


class Played:
    """Waves over `RUNS`; what DVC says of their stages, and what it was asked to make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **states: str) -> None:
        self.begun: list[str] = []
        self.made: list[str] = []

        def states_of(stages: Collection[str]) -> dict[str, str]:
            return {stage: states.get(stage.partition("@")[2], "stale") for stage in stages}

        def dvc(_: Path, *arguments: str, capture: bool) -> str:
            assert capture
            self.made.append(arguments[-1])
            return ""

        monkeypatch.setattr(waves, "states_of", states_of)
        monkeypatch.setattr(waves, "dvc", dvc)
        monkeypatch.setattr(Run, "unfinished", lambda run: list(run.seeds))
        self.waves = Waves(RUNS, lambda run, seed: self.begun.append(f"{run.name}:{seed}"))
        self.waves.advance()

    def end(self, *titles: str, is_trained: bool = True) -> list[str]:
        """End tasks; gives those that began by it."""
        before = len(self.begun)
        for title in titles:
            name, _, seed = title.partition(":")
            self.waves.ended(RUNS[name], int(seed), is_trained=is_trained)
        return self.begun[before:]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_begins_when_the_last_that_it_waits_for_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    assert played.begun == ["raw:0", "raw:1", "augmented:0", "augmented:1"]
    assert played.waves.left == ["pupil waits for pair", "pair waits for raw and augmented"]
    assert played.end("raw:1", "augmented:0", "raw:0") == []
    assert played.made == ["train@raw"]
    assert played.end("augmented:1") == ["pair:0", "pair:1"]
    assert played.end("pair:0", "pair:1") == ["pupil:0"]
    assert played.end("pupil:0") == []
    assert played.made == ["train@raw", "train@augmented", "fuse@pair"]  # nobody waits for the pupil
    assert played.waves.left == []


def test_what_waits_for_a_failure_never_begins_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    assert played.end("raw:0", is_trained=False) == []
    assert played.end("raw:1", "augmented:0", "augmented:1") == []
    assert played.made == ["train@augmented"]
    assert played.waves.left == ["pupil waits for pair", "pair waits for raw and augmented"]


def test_what_is_there_is_not_made_and_what_dvc_remembers_is_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, raw="fresh", augmented="remembered", pair="fresh")
    assert played.begun == ["pupil:0"]
    assert played.made == ["train@augmented"]


def test_others_stay_away_from_a_run_until_its_seeds_are_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    real = waves.run_lock

    def run_lock(name: str) -> object:
        taken.append(name)
        return real(name)

    monkeypatch.setattr(waves, "run_lock", run_lock)
    played = Played(monkeypatch)
    assert taken == ["raw", "augmented"]
    assert Path(".lightcnn/locks/raw.lock").exists()
    played.end("raw:0", "raw:1")
    with real("raw"):  # it is free, or this would wait for ever
        assert taken == ["raw", "augmented"]
    played.waves.close()
