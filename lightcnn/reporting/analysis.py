"""Derive from results: curves over seeds, confusion, the best model, the gain of fusing."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from lightcnn.artifacts.curves import Curves
from lightcnn.artifacts.metrics import Statistic
from lightcnn.evaluation.intervals import Accuracy, Interval, difference
from lightcnn.reporting.results import Model, Results


class SeedBand(NamedTuple):
    """A column of curves over their seeds, epoch by epoch; seeds that stopped early are left out from there on."""

    mean: Float[ndarray, "epoch"]
    low: Float[ndarray, "epoch"]
    high: Float[ndarray, "epoch"]


def band_over_seeds(columns: list[Float[ndarray, "_"]]) -> SeedBand:
    """Mean, lowest and highest of columns that may differ in length; NaN where none has a value."""
    padded = np.full((len(columns), max(map(len, columns))), np.nan)
    for row, column in zip(padded, columns, strict=True):
        row[: len(column)] = column
    known = np.ma.masked_invalid(padded)
    return SeedBand(*(np.ma.filled(values, np.nan) for values in (known.mean(0), known.min(0), known.max(0))))


def is_validated(curves: Curves) -> bool:
    """Whether a run has validation scores; one that is trained on the validation images has none."""
    return all(curve.is_validated for curve in curves)


def unfreezing_epochs(curves: Curves) -> dict[int, str]:
    """Epoch (from 1) at which each phase begins, and what it sets free; the earliest where seeds differ."""
    starts: dict[int, tuple[int, str]] = {}
    for curve in curves:
        for phase in np.unique(curve.phase):
            start = int(np.argmax(curve.phase == phase))
            starts[int(phase)] = min(starts.get(int(phase), (start + 1, curve.unfrozen[start])), (start + 1, curve.unfrozen[start]))
    return dict(starts[phase] for phase in sorted(starts))


def best(results: Results) -> Model:
    """The model with the highest mean validation accuracy; the smaller one where two are equal; the first where none was validated."""
    scored = [(valid.top1.mean, -model.cost.parameters, model) for model in results.models.values() if (valid := model.metrics.valid)]
    return max(scored, key=lambda score: score[:2])[2] if scored else next(iter(results.models.values()))


def confusion(model: Model, classes: int) -> Int[ndarray, "true predicted"]:
    """How often each class of the test split was taken for each, all seeds together."""
    pairs = model.labels * classes + model.predictions
    return np.bincount(pairs.ravel(), minlength=classes**2).reshape(classes, classes)


class ClassMetrics(NamedTuple):
    """How one class fares over the seeds; `taken_for` is the class most often said instead, None if never."""

    name: str
    recall: Statistic
    precision: Statistic
    most_confused_with: str | None


def per_class(model: Model, classes: tuple[str, ...]) -> list[ClassMetrics]:
    """Recall and precision of each class, as fractions; 0 where a class does not occur or is never said."""
    tables = np.stack([confusion(model._replace(predictions=row[None]), len(classes)) for row in model.predictions])
    hits = np.diagonal(tables, axis1=1, axis2=2)
    recalls, precisions = (hits / np.maximum(tables.sum(axis), 1) for axis in (2, 1))
    errors = tables.sum(0) * (1 - np.eye(len(classes), dtype=np.int64))
    return [
        ClassMetrics(
            name, _statistic(recalls[:, i]), _statistic(precisions[:, i]), classes[errors[i].argmax()] if errors[i].any() else None
        )
        for i, name in enumerate(classes)
    ]


def _statistic(values: Float[ndarray, "seed"]) -> Statistic:
    std = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Statistic(mean=float(values.mean()), std=std, n=len(values))


LARGEST_DROP = 0.005


class Int8(NamedTuple):
    """What a model's int8 file loses in test accuracy beside fp32 (a fraction), and how many times as fast it is at batch 1."""

    drop: float
    speedup: float

    @property
    def is_close(self) -> bool:
        """Whether it loses less than half a point: then it is the one for a device that is short of memory."""
        return self.drop < LARGEST_DROP

    @property
    def is_shipped(self) -> bool:
        """Whether it is the one to ship in general: close, and faster too."""
        return self.is_close and self.speedup > 1


def int8(model: Model) -> Int8:
    """How a model's int8 file compares."""
    speedup = model.speed.batch_1.p50_ms / model.int8_speed.batch_1.p50_ms
    return Int8(model.metrics.onnx_fp32.top1 - model.metrics.onnx_int8.top1, speedup)


class Gain(NamedTuple):
    """Test accuracy over that of another model, as a fraction, and how sure that is."""

    value: float
    interval: Interval


class Group(NamedTuple):
    """A fusion and the branches that it joins, as far as they are models; `fused` is None for a run that joins nothing."""

    fused: Model | None
    branches: list[Model]

    @property
    def gain(self) -> Gain | None:
        """What the fusion adds to the branch that is better on validation."""
        return gain(self.better, self.fused) if self.fused and self.better else None

    @property
    def better(self) -> Model | None:
        """The branch that is better on validation; none where one was trained on those images."""
        scores = [branch.metrics.valid.top1.mean for branch in self.branches if branch.metrics.valid]
        return self.branches[scores.index(max(scores))] if scores and len(scores) == len(self.branches) else None


def groups(results: Results) -> list[Group]:
    """The models by fusion, those that belong to none last and one by one."""
    models = results.models
    joined = [
        Group(models[name], [models[branch] for branch in branches if branch in models])
        for name, branches in results.branches.items()
        if name in models
    ]
    listed = {model.name for group in joined for model in (group.fused, *group.branches) if model}
    return joined + [Group(None, [model]) for name, model in models.items() if name not in listed]


def gain(before: Model, after: Model) -> Gain:
    """What one model adds to another."""
    old, new = accuracy_of(before), accuracy_of(after)
    return Gain(new.top1.mean - old.top1.mean, difference(old, new))


def accuracy_of(model: Model) -> Accuracy:
    """What a model's test accuracy is, and on how many images."""
    return Accuracy(model.metrics.test.top1, model.labels.size)
