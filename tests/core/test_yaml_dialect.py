"""params.yaml is read as DVC reads it, and what would mislead is refused."""

import math
import time
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import load_yaml

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml

SCALARS = (
    *(
        "1e-3",
        "1E5",
        "1.5e3",
        "2e+3",
        ".5",
        "5.",
        "1.",
        "-0.0",
        "+1",
        "-1",
        "0",
        "007",
        "010",
        "1_000",
        "1_0.5",
        "0x1F",
        "0o10",
        "0b1",
        "1:30",
    ),
    *(".inf", "-.inf", ".INF", ".nan", "inf", "nan", "NaN"),
    *("true", "True", "TRUE", "yes", "Yes", "no", "on", "off", "y", "n", "false"),
    *("~", "null", "Null", "NULL", "none", "None", "''", '""', ""),
    *("2020-01-01", "2020-01-01T12:30:00", "2020-01-01 12:30:00 +1", "12:30:00", "12e03", "1e", "e3", "0.1.2"),
    *(
        "'1'",
        '"1e-3"',
        "'true'",
        "a b",
        "a#b",
        "a #b",
        "'it''s'",
        '"\\u00e9"',
        "\u00e9",
        "[1, 1e-3, off]",
        "{a: 1e-3, b: yes}",
        "!!str 1",
        "!!float 1",
    ),
    *("|\n  two\n  lines", ">\n  one\n  line"),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, "utf-8")
    return path


def same(one: Any, two: Any) -> bool:
    """Equal and of the same type, NaN included."""
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    both_nan = isinstance(one, float) and isinstance(two, float) and math.isnan(one) and math.isnan(two)
    return type(one) is type(two) and (one == two or both_nan)


@pytest.mark.parametrize("scalar", SCALARS)
def test_every_scalar_is_what_dvc_takes_it_for(tmp_path: Path, scalar: str) -> None:
    path = written(tmp_path, f"key: {scalar}\n")
    assert same(read_yaml(path), load_yaml(path))


@pytest.mark.parametrize(("scalar", "value"), [("1e-3", 0.001), ("off", "off"), ("yes", "yes"), ("0o10", 8), ("1:30", "1:30")])
def test_the_scalars_that_yaml_1_1_reads_otherwise(tmp_path: Path, scalar: str, value: Any) -> None:
    assert same(read_yaml(written(tmp_path, f"key: {scalar}\n")), {"key": value})


def test_keys_and_their_order_are_dvcs(tmp_path: Path) -> None:
    path = written(tmp_path, "b: 1\n2: 2\ntrue: 3\n1.5: 4\na: {<<: {c: 1}, d: 2}\n")
    assert same(read_yaml(path), load_yaml(path))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x {lr: 1}\nb: *x\n", 1),
        ("a: 1\nb: &x 2\n", 2),
        ("a: &x [1]\n", 1),
        ("a:\n  - 1\n  - &x 2\n", 3),
        ("a: &x {lr: 1}\nb:\n  <<: *x\n", 1),
        ("&x a: 1\n", 1),
    ],
)
def test_anchors_are_refused_with_their_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(UserError, match=f"params.yaml: line {line}: anchors and aliases are refused"):
        read_yaml(written(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a:\n\t- 1\n",
        "a: 1\n\tb: 2\n",
        "a: [1\n",
        "a: b: c\n",
        "a: 1\n---\nb: 2\n",
        "a: 2020-99-99\n",
        "a: !!int x\n",
        "a: !!python/object:os.system x\n",
        "a: !!binary ab\n",
        "a: \x00\n",
        "a: *nowhere\n",
    ],
)
def test_what_is_no_yaml_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: ") as caught:
        read_yaml(written(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- 1\n", "3\n", "~\n"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="expected a mapping"):
        read_yaml(written(tmp_path, text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(UserError, match="invalid YAML"):
        read_yaml(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: not there"):
        read_yaml(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"a: {'[' * 1000}{']' * 1000}", "line 1: nested deeper than"),
        ("\n".join(f"{' ' * depth}a:" for depth in range(300)), "line [0-9]+: nested deeper than"),
        ("a: 1\n" + f"b: {'{a: ' * 300}1{'}' * 300}", "line 2: nested deeper than"),
        ('note: "\\ud800"', r"line 1: half a character \(a lone surrogate\)"),
        ('a: 1\n"\\udfff": 2', r"line 2: half a character"),
        ("a: 1\n" * 8_000_000, "40,000,000 characters are too many"),
    ],
    ids=["list", "block", "mapping", "value", "key", "huge"],
)
def test_no_text_takes_long_or_ends_in_a_traceback(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path, text)
    began = time.monotonic()
    with pytest.raises(UserError, match=f"^{path}: {reason}") as caught:
        read_yaml(path)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 10


def test_nesting_that_people_write_is_read(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, f"a: {'[' * 40}{']' * 40}"))["a"]
