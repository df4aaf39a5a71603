"""Read the results of a project from its files. No torch."""

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Integer
from numpy import ndarray
from pydantic import Field

from lightcnn.artifacts.cost import Cost
from lightcnn.artifacts.curves import Curves, read_curves
from lightcnn.artifacts.evaluation import GALLERY, Gallery, read_evaluation
from lightcnn.artifacts.latency import Latency, Speed
from lightcnn.artifacts.layers import Layer, read_layers
from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.metrics import Metrics
from lightcnn.artifacts.prepared import Meta, read_meta
from lightcnn.artifacts.record import read_record
from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.core.registry import Component, slot
from lightcnn.data.sampling import drawn


class Model(NamedTuple):
    """All that is known of a run that was exported and evaluated.

    `logits` and `features` (of the test images at `feature_rows`) are the exported seed's.
    """

    name: str
    metrics: Metrics
    cost: Cost
    layers: tuple[Layer, ...]
    labels: Int[ndarray, "image"]
    predictions: Int[ndarray, "seed image"]
    logits: Float[ndarray, "image classes"]
    features: Float[ndarray, "featured feature"]
    feature_rows: Integer[ndarray, "featured"]
    gallery: Gallery
    speed: Speed
    int8_speed: Speed
    nll: Float[ndarray, "seed"]
    ece: Float[ndarray, "seed"]


class Peer(NamedTuple):
    """A published network, timed as our models are: milliseconds for one image, on which processor; its accuracy, and who says so."""

    name: str
    p50_ms: float
    cpu: str
    top1: float
    source: str


class Results(NamedTuple):
    """Everything that is drawn and reported. `budget` is of parameters; `branches` of each fusion; a run that needs no training has no curves.

    `dataset` is the data set's proper name. `machine` is what latency was measured on. `peers` are of the same data set, the fastest first.
    """

    dataset: str
    data: Meta
    note: str | None
    budget: int
    models: dict[str, Model]
    trainings: dict[str, Curves]
    fusions: dict[str, Curves]
    branches: dict[str, tuple[str, ...]]
    machine: dict[str, Any]
    peers: tuple[Peer, ...]


class ReportScope(StrictModel):
    """Whose results are reported; nothing else that lies in the folders is read. `dataset` is the data set's proper name; `seeds` are those of
    each run; `fusions` says of each which branches it joins; `note` stands wherever a number does; `budget` is how many parameters a model
    should have."""

    dataset: str
    models: tuple[str, ...]
    seeds: dict[str, tuple[int, ...]]
    trainings: tuple[str, ...]
    fusions: dict[str, tuple[str, ...]]
    note: str | None
    budget: int


class FigureSettings(ReportScope):
    """What the figures stage runs with."""

    figures: tuple[Annotated[Component[Any], slot("figures")], ...]


class ReportSettings(ReportScope):
    """What the report stage runs with: the components whose figures it shows, a hash of all code, and the settings of all stages.

    `temperature_from` names, for a model that was trained on the validation images, the one without them whose temperature it takes.
    """

    figures: tuple[str, ...]
    temperature_from: dict[str, str] = Field({})
    code: str
    params: dict[str, Any]


def read(wanted: ReportScope, layout: Layout) -> Results:
    """Read the results of the runs that are wanted, and no others.

    Raises:
        UserError: where a file is missing, damaged, or does not fit the others.
    """
    data = read_meta(layout.prepared)
    latency = read_record(layout.latency, Latency)
    models = {name: _model(name, data, layout, latency) for name in wanted.models}
    trainings, fusions = (
        {name: read_curves(layout.curves / name, wanted.seeds[name]) for name in names} for names in (wanted.trainings, wanted.fusions)
    )
    benchmark = layout.benchmarks / "latency.json"
    peers = _peers(benchmark, data.name) if benchmark.exists() else ()
    return Results(wanted.dataset, data, wanted.note, wanted.budget, models, trainings, fusions, wanted.fusions, latency.machine, peers)


def _peers(path: Path, data: str) -> tuple[Peer, ...]:
    found = read_json(path)
    try:
        cards = {name: card["published"] for name, card in found["models"].items() if card["published"]}
        times = {row["model"]: row["batch_1"]["p50_ms"] for row in found["timings"] if (row["engine"], row["threads"]) == ("onnx", 1)}
        peers = [
            Peer(name, times[name], found["machine"]["cpu"], card["top1"], card["source"])
            for name, card in cards.items()
            if card["data"] == data
        ]
        peers.sort(key=lambda peer: peer.p50_ms)
    except (AttributeError, KeyError, TypeError):
        raise UserError(f"{path}: of another version of this project; `python -m benchmarks.latency` recreates it") from None
    return tuple(peers)


def _model(name: str, data: Meta, layout: Layout, latency: Latency) -> Model:
    if not (name in latency.fp32 and name in latency.int8):
        raise UserError(f"{layout.latency}: nothing on {name!r}; `dvc repro latency` measures it")
    metrics, cost = read_record(layout.metrics / f"{name}.json", Metrics), read_record(layout.cost / f"{name}.json", Cost)
    arrays = read_evaluation(layout.evaluation / f"{name}.npz", metrics.test.top1.n, data)
    labels, predictions = (arrays[key].astype(np.int64) for key in ("labels", "predictions"))
    features = arrays["features"], drawn(labels)[: len(arrays["features"])]
    layers, gallery = read_layers(layout.cost / f"{name}.tsv"), Gallery(*(arrays[key] for key in GALLERY))
    speeds = latency.fp32[name], latency.int8[name]
    return Model(
        name, metrics, cost, layers, labels, predictions, arrays["logits"], *features, gallery, *speeds, arrays["nll"], arrays["ece"]
    )
