"""Reading a file that has to have a known MD5, plain or packed."""

import gzip
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.data.datasets._official import read_whole

HELLO, MD5 = b"hello", "5d41402abc4b2a76b9719d911017c592"


def test_reads_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(HELLO)
    assert read_whole(tmp_path, "file", MD5) == HELLO


def test_unpacks_where_there_is_only_the_packed_file(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(gzip.compress(HELLO))
    assert read_whole(tmp_path, "file", MD5) == HELLO


def test_says_which_md5_it_found_and_which_it_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match=rf"^file is damaged \(MD5 d41d8cd98f00b204e9800998ecf8427e, wanted {MD5}\)$"):
        read_whole(tmp_path, "file", MD5)


def test_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^file is missing$"):
        read_whole(tmp_path, "file", MD5)


@pytest.mark.parametrize("packed", [b"not gzip", gzip.compress(HELLO)[:-9], b""], ids=["other", "cut", "empty"])
def test_a_packed_file_that_cannot_be_unpacked_is_damaged(packed: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(packed)
    with pytest.raises(UserError, match=r"^file.*is damaged"):
        read_whole(tmp_path, "file", MD5)
