"""Commands: arguments from a signature, exit codes, errors as one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightcnn.core.command import command_of, parser_of, run
from tests.helpers import ROOT

COMMAND = '''
from pathlib import Path
from lightcnn.core.errors import UserError
from lightcnn.core.command import run

def main(how: str) -> None:
    """Do as told."""
    if how == "error":
        raise UserError("it is wrong; fix it")
    if how == "missing":
        Path("nowhere").read_bytes()
    if how == "full":
        raise OSError(28, "No space left on device", "out.npz")
    if how == "bare":
        raise OSError("gone")
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "bug":
        raise RuntimeError("a bug")
    if how == "much":
        print("line\\n" * 100_000)
    if how == "signs":
        print("−0.17 ± 0.30 → \\u0416 \\udcff")

if __name__ == "__main__":
    run(main)
'''


def called(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "command.py").write_text(COMMAND)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "command", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("how", "code", "text"),
    [
        ("error", 1, "it is wrong; fix it"),
        ("missing", 1, "nowhere: No such file or directory; fix this and run it again (no partial files were left)"),
        ("full", 1, "out.npz: No space left on device; fix this and run it again (no partial files were left)"),
        ("bare", 1, "gone; fix this and run it again (no partial files were left)"),
        ("interrupt", 130, "interrupted"),
    ],
)
def test_what_went_wrong_is_one_line_and_an_exit_code(tmp_path: Path, how: str, code: int, text: str) -> None:
    done = called(tmp_path, how)
    assert (done.returncode, done.stderr, done.stdout) == (code, f"python -m command: {text}\n", "")


def test_what_went_well_says_nothing_of_itself(tmp_path: Path) -> None:
    done = called(tmp_path, "well")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    done = called(tmp_path, "bug")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")


@pytest.mark.parametrize("how", ["much", "signs"])
def test_a_reader_that_has_enough_ends_a_command_without_a_word(tmp_path: Path, how: str) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    command = f"{sys.executable} -m command {how}"
    done = subprocess.run(
        ["bash", "-c", f"(sleep 1; {command}; echo $? >&2) | true"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "141\n"  # what bash says of a program that SIGPIPE ended


def test_output_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "command", "signs"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "python -m command: No space left on device; fix this and run it again (no partial files were left)\n"


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("ascii", "-0.17 +/- 0.30 -> \\u0416 \\udcff"),
        ("latin-1", "-0.17 ± 0.30 -> \\u0416 \\udcff"),
        ("utf-8", "−0.17 ± 0.30 → Ж \\udcff"),
    ],
)
def test_what_a_terminal_has_no_sign_for_is_put_in_other_words(tmp_path: Path, encoding: str, printed: str) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    done = subprocess.run(
        [sys.executable, "-m", "command", "signs"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding) == f"{printed}\n"


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("--no-such-option",)])
def test_wrong_arguments_are_code_2_with_the_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = called(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage: python -m command" in done.stderr


def example(plan: Path, *, out_file: Path, times: int = 3) -> None:
    """What it does.

    In more words.
    """
    assert (plan, out_file, times) == (Path("p.json"), Path("o"), 4)


def test_a_command_may_go_by_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(example, ["--help"], name="lightcnn example")
    assert capsys.readouterr().out.startswith("usage: lightcnn example ")


def test_a_signature_is_a_command_line() -> None:
    run(example, ["p.json", "--out-file", "o", "--times", "4"])
    parsed = vars(parser_of(example, "x").parse_args(["p.json", "--out-file", "o"]))
    assert parsed == {"plan": Path("p.json"), "out_file": Path("o"), "times": 3}


def several(first: Path, rest: list[int], quiet: bool = False) -> None:
    """Take more than one."""


def test_a_list_takes_one_or_more_and_a_bool_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    parse = parser_of(several, "x").parse_args
    assert vars(parse(["a", "1", "2", "--quiet"])) == {"first": Path("a"), "rest": [1, 2], "quiet": True}
    assert vars(parse(["a", "1"])) == {"first": Path("a"), "rest": [1], "quiet": False}
    for arguments in (["a"], ["a", "b"], ["a", "1", "--quiet=no"]):
        with pytest.raises(SystemExit, match="2"):
            parse(arguments)
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["p.json"], ["--out-file", "o"], ["p.json", "--out-file", "o", "--times", "x"]])
def test_what_must_be_given_must_be_given_and_of_its_type(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(example, arguments)
    assert "error: " in capsys.readouterr().err


def test_the_docstring_is_the_help() -> None:
    text = parser_of(example, "x").format_help()
    assert "What it does.\n\nIn more words." in text
    assert "default: 3" in text


def test_what_is_positional_and_has_a_default_may_be_left_out() -> None:
    called = []

    def work(place: Path = Path(), /, count: int = 3) -> None:
        called.append((place, count))

    for arguments in ([], ["here"], ["here", "--count", "4"]):
        run(work, arguments, "work")
    assert called == [(Path(), 3), (Path("here"), 3), (Path("here"), 4)]
    assert "work [-h] [--count COUNT] [place]" in parser_of(work, "work").format_help()


def work(plan: Path, *, out: Path, dry_run: int = 3, seed: int | None = None, names: list[str] | None = None) -> None:
    """Takes all kinds of arguments."""


def test_what_is_left_out_is_none() -> None:
    found = vars(parser_of(work, "work").parse_args(["p.json", "--out", "x"]))
    assert found == {"plan": Path("p.json"), "out": Path("x"), "dry_run": 3, "seed": None, "names": []}
    found = vars(parser_of(work, "work").parse_args(["p.json", "a", "b", "--out", "x", "--seed", "0"]))
    assert (found["names"], found["seed"]) == (["a", "b"], 0)


def test_a_command_line_is_that_of_the_call() -> None:
    values = {"plan": Path("a b.json"), "out": Path("x"), "dry_run": 4, "seed": 0}
    python, option, module, *arguments = command_of(work, **values)
    assert (python, option, module) == (sys.executable, "-m", "tests.core.test_command")
    assert vars(parser_of(work, "work").parse_args(arguments)) == {**values, "names": []}
