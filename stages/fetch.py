"""Find or download the official files of a data set, and check them."""

import errno
import os
import shutil
import socket
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from types import ModuleType

from tqdm import tqdm

from lightcnn.core import registry
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import atomic_folder, write_bytes
from lightcnn.data.datasets._official import read_whole
from lightcnn.data.image_folder.place import VARIABLE, from_variable, root_of
from lightcnn.data.settings import FetchSettings
from lightcnn.pipeline.plan_file import read_plan

MADE = ("README", "*.npz", "*.json", "*.zip", "cifar-*/*", "*MNIST/raw/*-ubyte")
SCRATCH = Path(".lightcnn/download")
ATTEMPTS = 3
SILENCE_S = 60.0
LOCAL_ERRORS = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EROFS)


def main(plan: Path, out: Path = Path("data/raw")) -> None:
    """Bring the official files of a data set, each checked against its MD5.

    They are copied from the folder that LIGHTCNN_DATA_ROOT names (laid out as torchvision leaves a download); without
    it they are downloaded.
    """
    data = read_plan(plan, FetchSettings)[1].data
    name, component = data.name, registry.load("datasets", data.name)
    project = Path(os.environ.get("DVC_ROOT", ""))  # `dvc exp run --temp` works elsewhere
    root = from_variable(project)
    with atomic_folder(out, MADE) as folder:
        if hasattr(component, "collect"):
            component.collect(data.config, root_of(project), folder)
        elif not component.FILES:
            write_bytes(folder / "README", f"{name}: no files, a package that lightcnn depends on has the images.\n".encode())
        elif root:
            copy_from_root(root, component.FILES, folder)
        else:
            download(name, component, folder)
    if not root:
        # Not before: what a failed attempt brought spares the next one a part of the way.
        shutil.rmtree(SCRATCH, ignore_errors=True)
    print(f"{name}: {out} holds {len(component.FILES)} official files" if component.FILES else f"{name}: {out} is made")


def copy_from_root(root: Path, files: Mapping[str, str], folder: Path) -> None:
    """Copy the files from a data root of the user's.

    Raises:
        UserError: where it is no folder, or files in it are missing or damaged.
    """
    if not root.is_dir():
        raise UserError(
            f"{VARIABLE}={root}: no such folder; name one that has the data (data/README.md), or unset it to download what can be"
        )
    try:
        copy(root, files, folder)
    except UserError as problem:
        raise UserError(f"{VARIABLE}={root}: {problem}; download again or unset {VARIABLE} to use the official download") from None


def copy(source: Path, files: Mapping[str, str], folder: Path) -> None:
    """Copy the files that have the right MD5.

    Raises:
        UserError: naming every file that is missing or damaged.
    """
    wrong = []
    for name, md5 in tqdm(files.items(), f"checking and copying from {source}", unit="file", disable=None):
        try:
            write_bytes(folder / name, read_whole(source, name, md5))
        except UserError as problem:
            wrong.append(str(problem))
    if wrong:
        raise UserError(", ".join(wrong))


def download(name: str, component: ModuleType, folder: Path) -> None:
    """Bring a data set by its official download, which goes to the scratch folder first.

    Raises:
        UserError: where every attempt failed.
    """
    for attempt in range(1, ATTEMPTS + 1):
        print(f"{name}: official download to {SCRATCH}, attempt {attempt} of {ATTEMPTS}", flush=True)
        discard_damaged(component.FILES)
        if (failure := failure_of(component, folder)) is None:
            return
        print(f"{name}: attempt {attempt} failed: {failure}", flush=True)
    raise UserError(
        f"{name}: the official download failed {ATTEMPTS} times (at last: {failure}); get a connection and run `dvc repro` again, "
        f"or set {VARIABLE} to a folder that torchvision downloaded to (data/README.md says what it holds); "
        "the committed weights and models come without data: `dvc pull --allow-missing`"
    )


def discard_damaged(files: Mapping[str, str]) -> None:
    """Remove half-unpacked files from the scratch folder: torchvision leaves what is there alone."""
    for name, md5 in files.items():
        try:
            read_whole(SCRATCH, name, md5)
        except UserError:
            (SCRATCH / name).unlink(missing_ok=True)


def failure_of(component: ModuleType, folder: Path) -> str | None:
    """Try to download and copy: None where it succeeds, else what went wrong, in one line."""
    before = socket.getdefaulttimeout()
    # torchvision sets none, and would wait for ever on a connection that went silent.
    socket.setdefaulttimeout(SILENCE_S)
    try:
        component.download(SCRATCH)
        copy(SCRATCH, component.FILES, folder)
    except (UserError, OSError, RuntimeError, HTTPException) as error:
        if isinstance(error, OSError) and error.errno in LOCAL_ERRORS:
            raise
        return " ".join((str(error) or type(error).__name__).split())
    finally:
        socket.setdefaulttimeout(before)
    return None


if __name__ == "__main__":
    run(main)
