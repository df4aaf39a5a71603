"""Tiny data sets in the official formats, written without our readers, whose MD5s our components and torchvision are told."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from lightcnn.data.datasets import cifar10, cifar100, cifar100_coarse, fashion_mnist, mnist, tiny_imagenet


class Official(NamedTuple):
    """A made-up data set under `root`: our component, torchvision's class, and what a server would offer under which file name."""

    root: Path
    component: ModuleType
    theirs: Any
    offers: dict[str, bytes]

    def tell_url(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """Let torchvision download from `url` (with a slash at its end)."""
        if hasattr(self.theirs, "mirrors"):
            monkeypatch.setattr(self.theirs, "mirrors", [url])
        elif self.theirs is tiny_imagenet:  # torchvision does not have it
            monkeypatch.setattr(self.theirs, "URL", url + self.theirs.ARCHIVE)
        else:
            monkeypatch.setattr(self.theirs, "url", url + self.theirs.filename)


def make(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Official:
    """Write the data set `name` under `root`."""
    official = WRITERS[name](root, monkeypatch)
    monkeypatch.setattr(official.component, "FILES", {file: md5_of((root / file).read_bytes()) for file in official.component.FILES})
    return official


def md5_of(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def write_cifar10(root: Path, monkeypatch: pytest.MonkeyPatch) -> Official:
    random, files = np.random.default_rng(0), {}
    for number in range(1, 6):
        files[f"data_batch_{number}"] = cifar_batch(random, 40, 10, "labels")
    files["test_batch"] = cifar_batch(random, 30, 10, "labels")
    files["batches.meta"] = pickle.dumps({"label_names": [f"kind {number}" for number in range(10)], "num_vis": 3072}, 2)
    return write_cifar(root, monkeypatch, files, cifar10, datasets.CIFAR10)


def write_cifar100(root: Path, monkeypatch: pytest.MonkeyPatch, component: ModuleType = cifar100) -> Official:
    random = np.random.default_rng(1)
    files = {"train": cifar_batch(random, 400, 100, "fine_labels"), "test": cifar_batch(random, 200, 100, "fine_labels")}
    names = {
        "fine_label_names": [f"kind {number}" for number in range(100)],
        "coarse_label_names": [f"group {number}" for number in range(20)],
    }
    files["meta"] = pickle.dumps(names, 2)
    return write_cifar(root, monkeypatch, files, component, datasets.CIFAR100)


def write_cifar100_coarse(root: Path, monkeypatch: pytest.MonkeyPatch) -> Official:
    return write_cifar100(root, monkeypatch, cifar100_coarse)


def cifar_batch(random: np.random.Generator, count: int, classes: int, key: str) -> bytes:
    """A batch in which every class occurs twice, some of them more often."""
    labels = np.concatenate([np.arange(classes), np.arange(classes), random.integers(0, classes // 2, count - 2 * classes)])
    data = random.integers(0, 256, (count, 3072), dtype=np.uint8)
    drawn = random.permutation(labels)
    coarse = {"coarse_labels": (drawn // 5).tolist()} if key == "fine_labels" else {}
    return pickle.dumps({"batch_label": "of many", key: drawn.tolist(), **coarse, "data": data}, 2)


def write_cifar(root: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], component: ModuleType, theirs: Any) -> Official:
    folder = theirs.base_folder
    for file, content in {**files, "readme.html": b"<html/>"}.items():
        write(root / folder / file, content)
    for part in ("train_list", "test_list"):
        monkeypatch.setattr(theirs, part, [[file, md5_of(files[file])] for file, _ in getattr(theirs, part)])
    monkeypatch.setattr(theirs, "meta", {**theirs.meta, "md5": md5_of(files[theirs.meta["filename"]])})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(root / folder, folder)
    monkeypatch.setattr(theirs, "tgz_md5", md5_of(packed.getvalue()))
    return Official(root, component, theirs, {theirs.filename: packed.getvalue()})


def write_mnist(root: Path, monkeypatch: pytest.MonkeyPatch) -> Official:
    return write_idx(root / "MNIST/raw", root, monkeypatch, mnist, datasets.MNIST)


def write_fashion_mnist(root: Path, monkeypatch: pytest.MonkeyPatch) -> Official:
    return write_idx(root / "FashionMNIST/raw", root, monkeypatch, fashion_mnist, datasets.FashionMNIST)


def write_idx(folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch, component: ModuleType, theirs: Any) -> Official:
    random, files = np.random.default_rng(2), {}
    for prefix, count in (("train", 150), ("t10k", 40)):
        images, labels = random.integers(0, 256, (count, 28, 28), dtype=np.uint8), random.permutation(np.arange(count) % 10)
        files[f"{prefix}-images-idx3-ubyte"] = struct.pack(">4I", 0x803, count, 28, 28) + images.tobytes()
        files[f"{prefix}-labels-idx1-ubyte"] = struct.pack(">2I", 0x801, count) + labels.astype(np.uint8).tobytes()
    for file, content in files.items():
        write(folder / file, content)
    offers = {f"{file}.gz": gzip.compress(content) for file, content in files.items()}
    monkeypatch.setattr(theirs, "resources", [(file, md5_of(offers[file])) for file, _ in theirs.resources])
    return Official(root, component, theirs, offers)


def write_tiny_imagenet(root: Path, _: pytest.MonkeyPatch) -> Official:
    """Three classes, two of the same first word; every fifth image is grey."""
    random, words, files = np.random.default_rng(3), {"n01": "crane, a bird", "n02": "crane", "n03": "goldfish, Carassius auratus"}, {}

    def picture() -> bytes:
        content, channels = io.BytesIO(), 1 if len(files) % 5 == 0 else 3
        pixels = random.integers(0, 256, (64, 64, channels), dtype=np.uint8)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(content, "JPEG")
        return content.getvalue()

    def table(*rows: tuple[str, ...]) -> bytes:
        return "".join("\t".join(row) + "\n" for row in rows).encode()

    ids = ["n03", "n01", "n02"]
    for wnid in ids:
        names = [f"{wnid}_{number}.JPEG" for number in range(12)]
        files |= {f"train/{wnid}/images/{name}": picture() for name in names}
        files[f"train/{wnid}/{wnid}_boxes.txt"] = table(*((name, "0", "10", "63", "58") for name in names))
    labels = [(f"val_{number}.JPEG", ids[number * 2 % 3]) for number in range(11)]
    files |= {f"val/images/{name}": picture() for name, _ in labels}
    files["val/val_annotations.txt"] = table(*((name, wnid, "0", "32", "44", "62") for name, wnid in labels))
    files["test/images/test_0.JPEG"] = picture()
    files |= {"wnids.txt": table(*((wnid,) for wnid in ids)), "words.txt": table(("n00", "entity"), *words.items())}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, content in files.items():
            archive.writestr(f"tiny-imagenet-200/{file}", content)
    write(root / tiny_imagenet.ARCHIVE, packed.getvalue())
    return Official(root, tiny_imagenet, tiny_imagenet, {tiny_imagenet.ARCHIVE: packed.getvalue()})


WRITERS = {
    "cifar10": write_cifar10,
    "cifar100": write_cifar100,
    "cifar100_coarse": write_cifar100_coarse,
    "mnist": write_mnist,
    "fashion_mnist": write_fashion_mnist,
    "tiny_imagenet": write_tiny_imagenet,
}
NAMES = tuple(WRITERS)


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
