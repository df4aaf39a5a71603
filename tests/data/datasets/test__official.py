"""Reading a file that has to have a known MD5, plain or packed."""

import gzip
import resource
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.data.datasets._official import LARGEST, read_whole

HELLO, MD5 = b"hello", "5d41402abc4b2a76b9719d911017c592"


def test_reads_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(HELLO)
    assert read_whole(tmp_path, "file", MD5) == HELLO


def test_unpacks_where_there_is_only_the_packed_file(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(gzip.compress(HELLO))
    assert read_whole(tmp_path, "file", MD5) == HELLO


def test_says_which_md5_it_found_and_which_it_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match=rf"^file is damaged \(MD5 d41d8cd98f00b204e9800998ecf8427e, expected {MD5}\)$"):
        read_whole(tmp_path, "file", MD5)


def test_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^file is missing$"):
        read_whole(tmp_path, "file", MD5)


@pytest.mark.parametrize("packed", [b"not gzip", gzip.compress(HELLO)[:-9], b""], ids=["other", "cut", "empty"])
def test_a_packed_file_that_cannot_be_unpacked_is_damaged(packed: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(packed)
    with pytest.raises(UserError, match=r"^file.*is damaged"):
        read_whole(tmp_path, "file", MD5)


def test_what_is_larger_than_any_official_file_is_neither_read_nor_unpacked(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(200 * 10**9)
    with (tmp_path / "huge.gz").open("wb") as file:
        file.truncate(200 * 10**9)
    megabyte = bytes(2**20)
    with gzip.open(tmp_path / "bomb.gz", "wb", 9) as file:
        for _ in range(3000):
            file.write(megabyte)
    assert (tmp_path / "bomb.gz").stat().st_size < 10_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, path in (("sparse", "sparse"), ("huge", "huge.gz"), ("bomb", "bomb.gz")):
        with pytest.raises(UserError, match=rf"^{path} is damaged \(over [\d,]+ bytes, more than any official file has\)$"):
            read_whole(tmp_path, name, MD5)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000
    )  # kilobytes: what is read and joined of one file, not of 3 GB


def test_the_largest_official_files_are_let_through() -> None:
    # 50,000 rows of 3,072 bytes are the bulk of CIFAR-100's training file; MNIST's images have a header of 16 bytes.
    assert 248_100_043 < LARGEST < 1.1 * 248_100_043  # the archive of Tiny ImageNet
    assert LARGEST > 50_000 * 3072
    assert LARGEST > 16 + 60_000 * 28 * 28
