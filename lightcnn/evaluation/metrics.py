"""Accuracy, likelihood and calibration of logits, and their mean over seeds.

NumPy and scikit-learn only: the stages that draw and report read stored logits without torch. All rates are fractions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from statistics import fmean, stdev
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer
from numpy import ndarray

Logits = Float[ndarray, "image classes"]
Labels = Integer[ndarray, "image"]


class Calibration(NamedTuple):
    """By bins of equal width of the highest probability: images in each, and their summed confidence and hits."""

    images: Integer[ndarray, "bin"]
    confidence: Float[ndarray, "bin"]
    hits: Float[ndarray, "bin"]


class Roc(NamedTuple):
    """The curve of one class against all others, from (0, 0) to (1, 1)."""

    label: int
    false_positive_rate: Float[ndarray, "point"]
    true_positive_rate: Float[ndarray, "point"]

    @property
    def area(self) -> float:
        """Below the curve."""
        from sklearn.metrics import auc

        return float(auc(self.false_positive_rate, self.true_positive_rate))


def log_probs(logits: Logits) -> Float[ndarray, "image classes"]:
    """Logarithm of the softmax, in double precision."""
    wide = logits.astype(np.float64)
    return wide - np.logaddexp.reduce(wide, axis=1, keepdims=True)


def top_k(logits: Logits, labels: Labels, k: int = 1) -> float:
    """Fraction of images whose label is among the `k` highest logits; of equal logits the lower class comes first, as in argmax."""
    best = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def nll(logits: Logits, labels: Labels) -> float:
    """Mean negative log-likelihood of the labels, in nats."""
    return float(-log_probs(logits)[np.arange(len(labels)), labels].mean())


def calibration(logits: Logits, labels: Labels, bins: int = 15) -> Calibration:
    """How sure a model is, and how often it is right. A bin is open below and closed above, as in the paper.

    Source: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    confidence = np.exp(log_probs(logits).max(axis=1))
    bin_of = np.minimum(np.ceil(confidence * bins).astype(int), bins) - 1
    weights = (None, confidence, logits.argmax(axis=1) == labels)
    return Calibration(*(np.bincount(bin_of, weight, bins) for weight in weights))


def ece(logits: Logits, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error of the highest probability, over bins of equal width.

    Source: Guo et al. 2017, arXiv:1706.04599, equation 3.
    """
    found = calibration(logits, labels, bins)
    return float(np.abs(found.hits - found.confidence).sum() / len(labels))


def roc(logits: Logits, labels: Labels) -> Iterator[Roc]:
    """The curve of every class that the labels tell from others; a class without images, or without others, has none."""
    from sklearn.metrics import roc_curve  # not above: `plan` meets this module, and would wait for it

    scores = np.exp(log_probs(logits))
    for label in range(logits.shape[1]):
        if 0 < (labels == label).sum() < len(labels):
            false_positive_rate, true_positive_rate, _ = roc_curve(labels == label, scores[:, label])
            yield Roc(label, false_positive_rate, true_positive_rate)


def macro_auc(logits: Logits, labels: Labels) -> float:
    """Mean area under the curves of `roc`, each class against all others.

    Raises:
        ValueError: where the labels are all the same.
    """
    return fmean(curve.area for curve in roc(logits, labels))


def macro_recall(logits: Logits, labels: Labels) -> float:
    """Mean over the classes that occur of the fraction of their images that is right: each class counts alike, however rare."""
    from sklearn.metrics import recall_score

    return float(recall_score(labels, logits.argmax(axis=1), labels=np.unique(labels), average="macro"))


def macro_f1(logits: Logits, labels: Labels) -> float:
    """Mean over the classes that occur of F1, the harmonic mean of recall and precision (0 where a class is never right)."""
    from sklearn.metrics import f1_score

    return float(f1_score(labels, logits.argmax(axis=1), labels=np.unique(labels), average="macro"))


SCORES: dict[str, Callable[[Logits, Labels], float]] = {
    "top1": top_k,
    "top5": partial(top_k, k=5),
    "macro_recall": macro_recall,
    "macro_f1": macro_f1,
    "nll": nll,
    "ece": ece,
    "auc": macro_auc,
}
"""All that is reported of one seed on one split."""


def scores(logits: Logits, labels: Labels, names: Iterable[str] = tuple(SCORES)) -> dict[str, float]:
    """Those of SCORES that are asked for; top-5 only where there are more than five classes to be among."""
    return {name: SCORES[name](logits, labels) for name in names if name != "top5" or logits.shape[1] > 5}


def mean_std_n(values: Sequence[float]) -> dict[str, float]:
    """Mean, standard deviation (n - 1 in the denominator; zero for a single value) and count."""
    return {"mean": fmean(values), "std": stdev(values) if len(values) > 1 else 0.0, "n": len(values)}
