"""What the report tells, whatever it is written in."""

import base64
import io
from typing import Any, NamedTuple

from PIL import Image

from lightcnn.findings import ClassScore, Group, best, groups, per_class, sampling_error
from lightcnn.results import Model, Record, Results

WIDEST = 1600
"""Pixels that a picture on the page may be wide; scaling one that fits would blur it and make its file larger."""


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
    """Everything that is told. `code` and `weights` are fingerprints, `params` is what params.yaml amounts to."""

    results: Results
    machine: dict[str, Any]
    work: dict[str, Work]
    pictures: list[Picture]
    code: str
    weights: str
    params: str

    @property
    def title(self) -> str:
        """What the report is called."""
        return f"Efficient lightweight CNN models on {self.results.data.name}"

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


def picture(stem: str, png: bytes) -> Picture:
    """A figure for the page: at most WIDEST pixels wide, in a palette of 256 colours."""
    with Image.open(io.BytesIO(png)) as image:
        told = image.info
        size = (min(WIDEST, image.width), round(image.height * min(1, WIDEST / image.width)))
        small = image.convert("RGB").resize(size).quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    uri = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
    return Picture(stem, told.get("Source", ""), told.get("Title", stem), told.get("Description", stem), *size, uri)
