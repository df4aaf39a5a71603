"""Official files by either route: whole and the same, or a plain word on what to do."""

import errno
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import URLError

import pytest

from lightcnn.core.errors import UserError
from lightcnn.data.datasets import mnist
from stages import fetch
from tests.data.datasets.official import NAMES, Official, make

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory of its own, and no data root but what a test sets."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv(fetch.VARIABLE, raising=False)


def run_fetch(name: str) -> Path:
    """Run the stage for a data set, and return where its files are."""
    Path("plan.json").write_text(json.dumps({"stage": "fetch", "name": None, "settings": {"data": {"name": name}}, "code": {}}))
    fetch.main(Path("plan.json"), Path("data/raw"))
    return Path("data/raw")


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def serving(offers: dict[str, bytes], cut: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Offer files on the loopback interface, the connection of the first `cut` downloads breaking half-way; lends the address and a log."""
    log: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = offers[self.path.lstrip("/")]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            # torchvision asks once only to see whether it is sent elsewhere.
            if self.headers.get("Method") != "HEAD":
                log.append(self.path)
                self.wfile.write(content[: len(content) // 2] if len(log) <= cut else content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", log
        finally:
            server.shutdown()
            thread.join(10)


def download(official: Official, name: str, monkeypatch: pytest.MonkeyPatch, cut: int = 0) -> tuple[dict[str, bytes], list[str]]:
    """Fetch from the loopback server; what came, and what was asked for."""
    with serving(official.offers, cut) as (url, log):
        official.tell_url(monkeypatch, url)
        return files_in(run_fetch(name)), log


def refuse(_: Path) -> None:
    """A download without a network."""
    raise URLError("Name or service not known")


@pytest.mark.parametrize("name", NAMES)
def test_either_route_leaves_the_same_files_and_only_the_official_ones(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make(name, tmp_path / "root", monkeypatch)
    downloaded, _ = download(official, name, monkeypatch)
    monkeypatch.setenv(fetch.VARIABLE, str(official.root))
    copied = files_in(run_fetch(name))
    assert copied == downloaded == {file: (official.root / file).read_bytes() for file in official.component.FILES}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "tiny_imagenet"])
def test_torchvision_takes_what_was_fetched_for_its_own(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make(name, tmp_path / "root", monkeypatch)
    monkeypatch.setenv(fetch.VARIABLE, str(official.root))
    assert len(official.theirs(str(run_fetch(name)), download=False)) >= 150


def test_a_root_with_only_packed_files_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("mnist", tmp_path / "root", monkeypatch)
    wanted = files_in(official.root)
    for file in official.component.FILES:
        plain = official.root / file
        plain.with_name(f"{plain.name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    monkeypatch.setenv(fetch.VARIABLE, str(official.root))
    assert files_in(run_fetch("mnist")) == wanted


def test_every_bad_file_of_a_root_is_named_in_one_line_and_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("cifar10", tmp_path / "root", monkeypatch)
    monkeypatch.setenv(fetch.VARIABLE, str(official.root))
    before = files_in(run_fetch("cifar10").parent)
    (official.root / "cifar-10-batches-py/data_batch_3").write_bytes(b"")
    (official.root / "cifar-10-batches-py/test_batch").unlink()
    with pytest.raises(UserError) as raised:
        run_fetch("cifar10")
    wanted = official.component.FILES["cifar-10-batches-py/data_batch_3"]
    assert str(raised.value) == (
        f"LIGHTCNN_DATA_ROOT={official.root}: "
        f"cifar-10-batches-py/data_batch_3 is damaged (MD5 d41d8cd98f00b204e9800998ecf8427e, expected {wanted}), "
        "cifar-10-batches-py/test_batch is missing; download again or unset LIGHTCNN_DATA_ROOT to use the official download"
    )
    assert files_in(Path("data")) == before


def test_files_of_another_data_set_do_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cifar100", "mnist"):
        monkeypatch.setenv(fetch.VARIABLE, str(make(name, tmp_path / name, monkeypatch).root))
        run_fetch(name)
    assert set(files_in(Path("data"))) == {f"raw/{file}" for file in mnist.FILES}


def test_an_output_that_is_a_link_to_another_disk_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fetch.VARIABLE, str(make("mnist", tmp_path / "root", monkeypatch).root))
    (tmp_path / "disk/raw").mkdir(parents=True)
    Path("data").mkdir()
    Path("data/raw").symlink_to(tmp_path / "disk/raw")
    assert set(files_in(run_fetch("mnist").resolve())) == set(mnist.FILES)
    assert Path("data/raw").is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["raw"]


@pytest.mark.parametrize("root", ["nowhere", "~nobody-of-this-name/data"])
def test_a_root_that_is_no_folder_is_named(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fetch.VARIABLE, root)
    with pytest.raises(UserError, match=f"^LIGHTCNN_DATA_ROOT={root}: no such folder; .*unset it"):
        run_fetch("mnist")


def test_without_network_and_root_every_way_out_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "download", refuse)
    with pytest.raises(
        UserError,
        match=r"^mnist: .* failed 3 times .*not known.*get a connection .* or set LIGHTCNN_DATA_ROOT to .*`dvc pull --allow-missing`$",
    ):
        run_fetch("mnist")
    assert files_in(Path("data")) == {}


@pytest.mark.parametrize("name", ["cifar10", "mnist"])
def test_a_broken_download_is_started_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    official = make(name, tmp_path / "root", monkeypatch)
    brought, log = download(official, name, monkeypatch, cut=1)
    assert set(brought) == set(official.component.FILES)
    assert log[0] == log[1], "the broken file is asked for again"
    assert len(log) == len(official.offers) + 1, "and no other twice"
    assert f"{name}: attempt 1 failed: " in capsys.readouterr().out


def test_a_download_that_breaks_every_time_is_given_up_after_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("cifar10", tmp_path / "root", monkeypatch)
    with serving(official.offers, cut=99) as (url, log):
        official.tell_url(monkeypatch, url)
        with pytest.raises(UserError, match="failed 3 times"):
            run_fetch("cifar10")
    assert len(log) == 3


def test_what_an_earlier_try_brought_whole_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("mnist", tmp_path / "root", monkeypatch)
    first = next(iter(official.offers))
    (fetch.SCRATCH / "MNIST/raw").mkdir(parents=True)
    (fetch.SCRATCH / "MNIST/raw" / first).write_bytes(official.offers[first])
    _, log = download(official, "mnist", monkeypatch)
    assert set(log) == {f"/{file}" for file in official.offers if file != first}


def test_files_that_an_earlier_try_left_half_unpacked_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("mnist", tmp_path / "root", monkeypatch)
    for file in mnist.FILES:
        (fetch.SCRATCH / file).parent.mkdir(parents=True, exist_ok=True)
        (fetch.SCRATCH / file).write_bytes(b"half")
    assert set(download(official, "mnist", monkeypatch)[0]) == set(mnist.FILES)


def test_the_scratch_folder_goes_once_all_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    download(make("mnist", tmp_path / "root", monkeypatch), "mnist", monkeypatch)
    assert not fetch.SCRATCH.exists()


def test_a_data_root_in_the_scratch_folder_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    official = make("mnist", fetch.SCRATCH, monkeypatch)
    monkeypatch.setenv(fetch.VARIABLE, str(fetch.SCRATCH))
    run_fetch("mnist")
    assert files_in(official.root)


def test_a_full_disk_is_not_taken_for_a_broken_download(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def fill(_: Path) -> None:
        tries.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mnist, "download", fill)
    with pytest.raises(OSError, match="No space left"):
        run_fetch("mnist")
    assert len(tries) == 1


def test_a_disk_that_fills_up_while_copying_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fetch.VARIABLE, str(make("mnist", tmp_path / "root", monkeypatch).root))
    before = files_in(run_fetch("mnist").parent)
    monkeypatch.setattr(fetch, "write_bytes", full_after(2, fetch.write_bytes))
    with pytest.raises(OSError, match="No space left"):
        run_fetch("mnist")
    assert files_in(Path("data")) == before
    assert [path.name for path in Path("data").iterdir()] == ["raw"]


def full_after(count: int, write: Callable[[Path, bytes], None]) -> Callable[[Path, bytes], None]:
    """`write`, on a disk that has component for `count` files."""
    written: list[Path] = []

    def limited(path: Path, content: bytes) -> None:
        if len(written) == count:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write(path, content)

    return limited


def test_digits_need_neither_network_nor_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fetch.VARIABLE, "/nowhere")
    first = files_in(run_fetch("digits"))
    assert list(first) == ["README"]
    assert files_in(run_fetch("digits")) == first


def test_from_the_command_line_a_fault_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    Path("plan.json").write_text(json.dumps({"stage": "fetch", "name": None, "settings": {"data": {"name": "mnist"}}, "code": {}}))
    root = tmp_path / "empty"
    root.mkdir()
    environment = {**os.environ, fetch.VARIABLE: str(root), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "stages.fetch", "plan.json", "--out", "raw"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"stages.fetch: LIGHTCNN_DATA_ROOT={root}: MNIST/raw/t10k-images-idx3-ubyte is missing, " in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path("raw").exists()


def test_fetch_and_prepare_do_without_torch() -> None:
    components = ", ".join(f"lightcnn.data.datasets.{name}" for name in (*NAMES, "digits"))
    code = f"import sys, stages.fetch, stages.prepare, {components}; sys.exit(bool({{'torch', 'torchvision'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, timeout=60, check=False).returncode == 0
