"""What the pipeline found, as it lies in its files: read once, checked, typed; no torch in here."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Integer, UInt8
from numpy import ndarray

from lightcnn.artifacts.records import Cost, Latency, Metrics, Speed, read_record
from lightcnn.core import files as artefacts
from lightcnn.core.config import Strict
from lightcnn.core.errors import Fault
from lightcnn.core.files import Meta
from lightcnn.core.registry import slot

BUDGET = 30_000
"""The parameters that a model may have."""


class Curve(NamedTuple):
    """How one seed trained, epoch by epoch; `opened` is what the epoch's phase set free."""

    phase: Int[ndarray, "epoch"]
    opened: tuple[str, ...]
    train_loss: Float[ndarray, "epoch"]
    valid_nll: Float[ndarray, "epoch"]
    valid_top1: Float[ndarray, "epoch"]


Curves = list[Curve]
"""One for each seed of a run."""


class Layer(NamedTuple):
    """A row of reports/cost/MODEL.tsv; see `lightcnn.profiling.layers`."""

    path: str
    kind: str
    shape: str
    parameters: int


class Gallery(NamedTuple):
    """Some test images: their rows in the split, and where in them the exported seed sees what it says (Grad-CAM, up to 255)."""

    rows: Integer[ndarray, "shown"]
    images: UInt8[ndarray, "shown height width channel"]
    cams: UInt8[ndarray, "shown rows columns"]


GALLERY = ("gallery_rows", "gallery", "cams")
"""What a gallery is called in its file."""


class Model(NamedTuple):
    """All that is known of a run that was exported and evaluated.

    `logits` and `features` (of the first test images) are the exported seed's.
    """

    name: str
    metrics: Metrics
    cost: Cost
    layers: tuple[Layer, ...]
    labels: Int[ndarray, "image"]
    predictions: Int[ndarray, "seed image"]
    logits: Float[ndarray, "image classes"]
    features: Float[ndarray, "featured feature"]
    gallery: Gallery
    speed: Speed
    int8_speed: Speed


class Peer(NamedTuple):
    """A published network, timed as our models are: milliseconds for one image, on which processor; its accuracy, and who says so."""

    name: str
    p50_ms: float
    cpu: str
    top1: float
    source: str


class Results(NamedTuple):
    """Everything that is drawn and told. `branches` of each fusion; a run that needs no training (a vote) has no curves.

    `machine` is what latency was measured on. `peers` are of the same data set, the fastest first.
    """

    data: Meta
    note: str | None
    models: dict[str, Model]
    trainings: dict[str, Curves]
    fusions: dict[str, Curves]
    branches: dict[str, tuple[str, ...]]
    machine: dict[str, Any]
    peers: tuple[Peer, ...]


class Wanted(Strict):
    """Whose results are told; nothing else that lies in the folders is read. `fusions` says of each which branches it joins;
    `note` stands wherever a number does."""

    models: tuple[str, ...]
    trainings: tuple[str, ...]
    fusions: dict[str, tuple[str, ...]]
    note: str | None


class FigureSettings(Wanted):
    """What the figures stage runs with."""

    figures: tuple[slot("figures"), ...]  # type: ignore[valid-type]


class ReportSettings(Wanted):
    """What the report stage runs with: the rooms whose figures it shows, a hash of all code, and the settings of all stages."""

    figures: tuple[str, ...]
    code: str
    params: dict[str, Any]


class Places(NamedTuple):
    """The folders that results lie in, and the files of latencies: of our models, and of the benchmark, where it was run."""

    prepared: Path
    metrics: Path
    cost: Path
    curves: Path
    evaluation: Path
    latency: Path
    benchmark: Path


def read(wanted: Wanted, places: Places) -> Results:
    """Read the results of the runs that are wanted, and no others.

    Raises:
        Fault: where a file is missing, damaged, or does not fit the others.
    """
    data = artefacts.read_meta(places.prepared)
    latency = read_record(places.latency, Latency)
    models = {name: _model(name, len(data.classes), places, latency) for name in wanted.models}
    trainings, fusions = ({name: _curves(places.curves / name) for name in names} for names in (wanted.trainings, wanted.fusions))
    peers = _peers(places.benchmark, data.name) if places.benchmark.exists() else ()
    return Results(data, wanted.note, models, trainings, fusions, wanted.fusions, latency.machine, peers)


def _peers(path: Path, data: str) -> tuple[Peer, ...]:
    found = artefacts.read_json(path)
    try:
        cards = {name: card["published"] for name, card in found["models"].items() if card["published"]}
        times = {row["model"]: row["batch_1"]["p50_ms"] for row in found["timings"] if (row["engine"], row["threads"]) == ("onnx", 1)}
        peers = [
            Peer(name, times[name], found["machine"]["cpu"], card["top1"], card["source"])
            for name, card in cards.items()
            if card["data"] == data
        ]
    except (KeyError, TypeError):
        raise Fault(f"{path}: of another version of this project; `python -m benchmarks.latency` makes it anew") from None
    return tuple(sorted(peers, key=lambda peer: peer.p50_ms))


def _model(name: str, classes: int, places: Places, latency: Latency) -> Model:
    if not (name in latency.models and name in latency.int8):
        raise Fault(f"{places.latency}: nothing on {name!r}; `dvc repro latency` measures it")
    metrics, cost = read_record(places.metrics / f"{name}.json", Metrics), read_record(places.cost / f"{name}.json", Cost)
    path = places.evaluation / f"{name}.npz"
    arrays = artefacts.read_arrays(path)
    if not _fits(arrays, metrics.test.top1.n, classes):
        raise Fault(f"{path}: does not fit the metrics or the classes beside it; delete it and `dvc repro` makes it anew")
    numbers = (arrays["labels"].astype(np.int64), arrays["predictions"].astype(np.int64), arrays["logits"], arrays["features"])
    gallery = Gallery(*(arrays[key] for key in GALLERY))
    return Model(name, metrics, cost, _layers(places.cost / f"{name}.tsv"), *numbers, gallery, latency.models[name], latency.int8[name])


def _fits(arrays: dict[str, ndarray], seeds: int, classes: int) -> bool:
    """Whether an evaluation is whole, and of so many seeds and classes."""
    if not {"labels", "predictions", "logits", "features", *GALLERY} <= arrays.keys():
        return False
    labels, predictions, logits = (arrays[key] for key in ("labels", "predictions", "logits"))
    shapes = predictions.shape == (seeds, labels.size) and logits.shape == (labels.size, classes)
    return bool(shapes and labels.size and max(labels.max(), predictions.max()) < classes)


def _layers(path: Path) -> tuple[Layer, ...]:
    try:
        rows = artefacts.read_table(path)
        return tuple(Layer(row["path"], row["kind"], row["shape"], int(row["parameters"])) for row in rows)
    except (OSError, KeyError, ValueError, TypeError):
        raise Fault(f"{path}: no layers of this version there; `dvc repro` makes it anew") from None


def _curves(folder: Path) -> Curves:
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise Fault(f"{folder}: no curves there; `dvc repro` makes them")
    return [curve for path in paths if len((curve := _curve(path)).phase)]


def _curve(path: Path) -> Curve:
    try:
        rows = artefacts.read_table(path)
        losses = (np.array([float(row[key]) for row in rows]) for key in ("train_loss", "valid_nll", "valid_top1"))
        return Curve(np.array([int(row["phase"]) for row in rows], np.int64), tuple(row["opened"] for row in rows), *losses)
    except (KeyError, ValueError, TypeError):
        raise Fault(f"{path}: not a curve of this version; delete it and `dvc repro` makes it anew") from None
