"""The contents of the report, for every output format."""

import base64
import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image

from lightcnn.artifacts.claims import Claims
from lightcnn.artifacts.metadata import Metadata
from lightcnn.artifacts.metrics import Statistic
from lightcnn.data.held_out import warning
from lightcnn.evaluation.intervals import Accuracy, Interval, difference
from lightcnn.reporting.analysis import ClassMetrics, Group, accuracy_of, best, groups, per_class
from lightcnn.reporting.published import PUBLISHED, PublishedModel
from lightcnn.reporting.report.benchmarks import Benchmark
from lightcnn.reporting.report.graph import Graph
from lightcnn.reporting.report.verdict import answers
from lightcnn.reporting.results import Model, Results

WIDEST = 1600
"""Pixels that a picture on the page may be wide; scaling one that fits would blur it and make its file larger."""

HIGHEST = 16383
"""Pixels that a WebP picture may be high."""


class Picture(NamedTuple):
    """A figure's file: its stem, the component that drew it, what it is called and shows, and the picture itself as a data URI."""

    stem: str
    component: str
    title: str
    alt: str
    width: int
    height: int
    uri: str


class InferenceRow(NamedTuple):
    """A further way to predict, and what it makes of a model; `parameters` are those of all networks that one prediction asks."""

    model: str
    name: str
    networks: int
    parameters: int
    accuracy: Accuracy
    nll: Statistic
    ece: Statistic


class Contents(NamedTuple):
    """Everything that the report shows. `code`, `weights` and `lock` are fingerprints, `params` is what params.yaml amounts to."""

    results: Results
    work: dict[str, Metadata]
    pictures: list[Picture]
    code: str
    weights: str
    lock: str
    params: str
    graph: Graph
    benchmarks: list[Benchmark]
    claims: Claims
    temperature_from: Mapping[str, str] = {}

    @property
    def title(self) -> str:
        """What the report is called."""
        return f"Efficient lightweight CNN models on {self.results.dataset}"

    @property
    def best(self) -> Model:
        """The best model, by validation."""
        return best(self.results)

    @property
    def answers(self) -> list[str]:
        """What was to be found out, a sentence each."""
        return list(answers(self.results))

    @property
    def published(self) -> tuple[PublishedModel, ...]:
        """What others have reached on the same data."""
        return PUBLISHED.get(self.results.data.name, ())

    @property
    def seconds(self) -> float:
        """That training took in all."""
        return sum(work.seconds for work in self.work.values())

    @property
    def groups(self) -> list[Group]:
        """The models by fusion."""
        return groups(self.results)

    @property
    def classes(self) -> list[ClassMetrics]:
        """How the best model fares class by class."""
        return per_class(self.best, self.results.data.classes)

    @property
    def inference(self) -> list[InferenceRow]:
        """All further ways to predict, model by model."""
        return [
            InferenceRow(model.name, name, n, n * model.cost.parameters, Accuracy(found.top1, model.labels.size), found.nll, found.ece)
            for model in self.results.models.values()
            for name, found in model.metrics.inference.items()
            for n in [found.num_networks]
        ]

    @property
    def intervals(self) -> dict[str, Interval]:
        """How sure the test accuracy of each model is."""
        return {name: accuracy_of(model).interval for name, model in self.results.models.items()}

    @property
    def detectable_difference(self) -> float:
        """A difference of test accuracy that two single runs as good as the best model need, to be more than chance."""
        found = accuracy_of(self.best)
        single = Accuracy(found.top1.model_copy(update={"n": 1}), found.images)
        return difference(single, single).high

    @property
    def held_out_warning(self) -> str | None:
        """What to know where validation is too small to tell the epochs of one run apart."""
        scored = self.best.metrics
        return warning(scored.images.valid, scored.valid.top1.mean) if scored.valid else None

    @property
    def versions(self) -> dict[str, str]:
        """Versions that the runs were trained with; several of one package where runs differ."""
        packages = sorted({package for work in self.work.values() for package in work.versions})
        return {p: ", ".join(sorted({work.versions[p] for work in self.work.values() if p in work.versions})) for p in packages}


def picture(stem: str, png: bytes) -> Picture:
    """A figure for the page: at most WIDEST pixels wide and HIGHEST high, as WebP in the smaller of a palette of 256 colours and a photograph's form."""
    with Image.open(io.BytesIO(png)) as image:
        info = image.info
        scale = min(1, WIDEST / image.width, HIGHEST / image.height)
        size = round(scale * image.width), round(scale * image.height)
        small = image.convert("RGB").resize(size)
    drawn = small.quantize(256, dither=Image.Dither.NONE).convert("RGB")
    content = min(_webp(drawn, lossless=True), _webp(small, quality=85), key=len)
    uri = f"data:image/webp;base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(stem, info.get("Source", ""), info.get("Title", stem), info.get("Description", stem), *size, uri)


def _webp(image: Image.Image, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", method=6, **how)
    return buffer.getvalue()
