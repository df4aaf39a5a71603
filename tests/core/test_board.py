"""Trainings side by side, as they are shown."""

import pytest

from lightcnn.core.board import Board
from lightcnn.core.progress import Line, Progress


def line(title: str, done: int) -> str:
    return f"{title}: epoch {done}/4  loss 1.0000  valid 50.00%  lr 0.1  0:10 left"


def test_a_line_is_read_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("raw seed 3", 2, 0, "lines") as shown:
        shown.epoch("loss 0.5000  valid 65.00%  lr 0.01")
    read = Line.read(capsys.readouterr().out.rstrip())
    assert read is not None
    assert read[:4] == ("raw seed 3", 1, 2, "loss 0.5000  valid 65.00%  lr 0.01")
    assert Line.read("raw seed 3: goes on after epoch 1 of 2") is None


def test_without_a_terminal_lines_follow_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    said = [line("raw seed 0", 1), "a warning", line("raw seed 1", 4)]
    with Board("auto") as board:
        for text in said:
            board(text)
    assert capsys.readouterr().out.splitlines() == said


def test_on_a_terminal_there_is_a_row_for_each_training_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    with Board("bar") as board:
        for text in (line("raw seed 0", 1), line("raw seed 1", 1), line("raw seed 0", 2), "a [warning]", line("raw seed 1", 4)):
            board(text)
    out, err = capsys.readouterr()
    assert out == ""
    assert "a [warning]" in err
    assert "raw seed 1: epoch 4/4" in err
    table = err[err.rindex("training") :]
    assert "2/4" in table
    assert "raw seed 1" not in table
