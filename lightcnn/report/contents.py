"""What the report tells, whatever it is written in."""

import base64
import hashlib
import io
import json
from typing import Any, NamedTuple

from PIL import Image

from lightcnn.findings import ClassScore, Group, best, groups, per_class, sampling_error
from lightcnn.results import Latency, Model, Record, Results

WIDEST = 1400
"""Pixels that a picture on the page may be wide."""


class Work(Record):
    """runs/RUN/metadata.json: what trained the run, and for how long."""

    device: str
    cpu: str
    threads: int
    versions: dict[str, str]
    seconds: float


class Picture(NamedTuple):
    """A figure's file: its stem, the room that drew it, what it is called and shows, and the picture itself as a data URI."""

    stem: str
    room: str
    title: str
    alt: str
    width: int
    height: int
    uri: str


class Contents(NamedTuple):
    """Everything that is told. `code` and `lock` are fingerprints, `params` is the text of params.yaml."""

    title: str
    results: Results
    machine: dict[str, Any]
    work: dict[str, Work]
    pictures: list[Picture]
    code: str
    lock: str
    params: str

    @property
    def best(self) -> Model:
        """The best model, by validation."""
        return best(self.results)

    @property
    def groups(self) -> list[Group]:
        """The models by fusion."""
        return groups(self.results)

    @property
    def classes(self) -> list[ClassScore]:
        """How the best model fares class by class."""
        return per_class(self.best, self.results.data.classes)

    @property
    def noise(self) -> float:
        """Twice the sampling error of the best model's test accuracy: differences below it mean nothing."""
        return 2 * sampling_error(self.best)

    @property
    def versions(self) -> dict[str, str]:
        """Versions that the runs were trained with; several of one package where runs differ."""
        packages = sorted({package for work in self.work.values() for package in work.versions})
        return {p: ", ".join(sorted({work.versions[p] for work in self.work.values() if p in work.versions})) for p in packages}


def fingerprint(content: Any) -> str:
    """Twelve hexadecimal digits of the SHA-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def picture(stem: str, png: bytes) -> Picture:
    """A figure for the page: at most WIDEST pixels wide, in a palette of 256 colours."""
    with Image.open(io.BytesIO(png)) as image:
        told = image.info
        size = (min(WIDEST, image.width), round(image.height * min(1, WIDEST / image.width)))
        small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS).quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    uri = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
    return Picture(stem, told.get("Source", ""), told.get("Title", stem), told.get("Description", stem), *size, uri)
