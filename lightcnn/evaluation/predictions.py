"""Compute the scores and arrays that the evaluate stage writes."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool1d

from lightcnn.artifacts.prepared import Arrays
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.data.sampling import drawn
from lightcnn.evaluation import metrics
from lightcnn.evaluation.metrics import Labels, Logits

GALLERY_ROWS, MISTAKE_ROWS, FEATURE_ROWS = 64, 16, 1000
BATCH = 64
"""Images at a time whose features are taken."""
LEAST_FEATURES, WIDEST_FEATURE = 200, 1024
"""Images that a plane is drawn of, where there are so many, whatever space the other arrays leave; and numbers kept of each at most."""
FEATURE_BYTES = (25_000, 150_000)
ARRAYS_BYTES = 497_900
"""With the headers of the archive just under 500 KB: for ten classes of 32 pixels, which are committed. More and larger images take more."""


def score_seeds(logits: Iterable[Logits], labels: Labels, names: Iterable[str] = tuple(metrics.SCORES)) -> dict[str, dict[str, float]]:
    """Mean, deviation and count over seeds of those of `metrics.SCORES` that are asked for."""
    each = [metrics.scores(seed_logits, labels, names) for seed_logits in logits]
    return {name: metrics.mean_std_n([scores[name] for scores in each]) for name in each[0]}


def features_of(
    network: nn.Module, normalise: Normalize, images: UInt8[Tensor, "image height width channel"]
) -> Float[ndarray, "image feature"]:
    """What goes into the layer with weights that runs last, flattened; neighbours are averaged where it is very wide."""
    last: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Tensor]) -> None:
        last[:] = inputs

    features: list[Tensor] = []

    def take(*_: object) -> None:
        flat = last[0].flatten(1)
        features.append(adaptive_avg_pool1d(flat, WIDEST_FEATURE) if flat.shape[1] > WIDEST_FEATURE else flat)

    hooks = [layer.register_forward_pre_hook(keep) for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    hooks.append(network.register_forward_hook(take))
    try:
        for batch in images.split(BATCH):
            logits_of(network, normalise, batch)
    finally:
        for hook in hooks:
            hook.remove()
    return halved(torch.cat(features).numpy())


def gallery_indices(logits: Logits, labels: Labels) -> Int[ndarray, "shown"]:
    """Which test images are kept to be shown: of those right and of those wrong as many as are there and can be, drawn class by class;
    last the mistakes made with the most confidence."""
    right = logits.argmax(1) == labels
    confidence = np.where(right, -np.inf, metrics.log_probs(logits).max(1))
    surest = np.argsort(-confidence, kind="stable")[: min(MISTAKE_ROWS, int((~right).sum()))]
    others = ~np.isin(np.arange(len(labels)), surest)
    hits, misses = (rows[drawn(labels[rows])] for rows in map(np.flatnonzero, (right, ~right & others)))
    places = GALLERY_ROWS - len(surest)
    wrong = misses[: max(places // 2, places - len(hits))]
    return np.concatenate([hits[: places - len(wrong)], wrong, surest])


def feature_rows(labels: Labels) -> Int[ndarray, "row"]:
    """Which test images a plane of features is drawn of; where fewer features are kept, it is the first of these that have them."""
    return drawn(labels)[:FEATURE_ROWS]


def evaluation_arrays(
    logits: Mapping[int, Logits], exported: int, test: Arrays, features: Float[ndarray, "row feature"], gallery: Mapping[str, ndarray]
) -> dict[str, ndarray]:
    """What evaluation/MODEL.npz holds, in the narrowest types that hold it.

    Features are cut to the space that the other arrays leave, though never below a share to draw a plane of.

    Args:
        logits: of the test split, by seed.
        exported: the seed whose logits are kept.
        test: the split itself.
        features: what `features_of` says of `feature_rows`.
        gallery: images to show, as they are kept.
    """
    integers = np.min_scalar_type(logits[exported].shape[1] - 1)
    arrays: dict[str, ndarray] = {
        "logits": halved(logits[exported]),
        "predictions": np.stack([seed_logits.argmax(axis=1) for seed_logits in logits.values()]).astype(integers),
        "labels": test.labels.astype(integers),
        **{name: np.array([metrics.SCORES[name](said, test.labels) for said in logits.values()]) for name in ("nll", "ece")},
        **gallery,
    }
    space = int(np.clip(ARRAYS_BYTES - sum(array.nbytes for array in arrays.values()), *FEATURE_BYTES))
    return {**arrays, "features": features[: max(LEAST_FEATURES, space // features[0].nbytes)]}


def halved(values: Float[ndarray, "..."]) -> Float[ndarray, "..."]:
    """Half precision, where that holds the values."""
    return values.astype(np.float16 if np.abs(values).max() <= np.finfo(np.float16).max else np.float32)
