"""The journal of a search: cut anywhere, it is gone on with, and no trial that was finished is lost."""

import errno
import os
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import Study

from lightcnn.core.errors import UserError
from lightcnn.search.journal import Journal

GARBAGE = [b"", b"\x00" * 4096, b"\xff\xfe", b"{", b"[" * 100_000, b"null\n", b"{}\n", b"garbage\nmore of it\n", b'{"op_code": 4, "wor']


def study(backend: JournalFileBackend) -> Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(storage=JournalStorage(backend), study_name="s", load_if_exists=True)


def tried(study: Study, trials: int) -> None:
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=trials)


def finished(path: Path) -> list[float]:
    """The scores, as Optuna itself reads them."""
    found = study(JournalFileBackend(str(path))).get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    return [trial.values[0] for trial in found]


@pytest.fixture
def written(tmp_path: Path) -> bytes:
    """What Optuna writes of three trials."""
    path = tmp_path / "optunas.log"
    tried(study(JournalFileBackend(str(path))), 3)
    return path.read_bytes()


def test_cut_at_any_byte_it_goes_on_and_keeps_each_trial_that_was_finished(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "journal.log"
    for length in (*range(0, len(written), 37), len(written) - 1, len(written)):
        whole_lines = written[:length].rpartition(b"\n")[0] + b"\n" if b"\n" in written[:length] else b""
        path.write_bytes(whole_lines)
        kept = finished(path) if whole_lines else []
        path.write_bytes(written[:length])
        tried(study(Journal(path)), 1)
        assert finished(path)[: len(kept)] == kept
        assert len(finished(path)) == len(kept) + 1


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_tail_that_is_no_record_is_cut(tmp_path: Path, written: bytes, garbage: bytes) -> None:
    path = tmp_path / "journal.log"
    path.write_bytes(written + garbage)
    Journal(path)
    assert path.read_bytes() == written


def test_a_record_that_the_disk_had_no_room_for_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.log"
    tried(study(Journal(path)), 2)
    worker = study(Journal(path))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context, pytest.raises(OSError, match="No space left") as caught:
        context.setattr(os, "fsync", full)
        tried(worker, 1)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    tried(worker, 1)
    assert len(finished(path)) == 3


def test_another_worker_that_died_in_the_middle_of_a_record_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    worker = study(Journal(path))
    tried(worker, 1)
    with path.open("ab") as other:
        other.write(b'{"op_code": 4, "wor')
    tried(worker, 1)
    assert len(finished(path)) == 2


def test_a_record_lost_in_the_middle_is_told_with_its_line(tmp_path: Path, written: bytes) -> None:
    lines = written.splitlines(keepends=True)
    (tmp_path / "journal.log").write_bytes(b"".join([*lines[:2], b"{\n", *lines[2:]]))
    with pytest.raises(UserError, match=r"journal\.log: damaged \(line 3 is no record\); delete it"):
        Journal(tmp_path / "journal.log")
