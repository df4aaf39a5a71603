"""What an evaluation leaves behind: numbers over seeds, and the arrays that figures are drawn from."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor, nn

from lightcnn.artifacts.prepared import Arrays
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.evaluation import metrics
from lightcnn.evaluation.metrics import Labels, Logits

GALLERY_ROWS, MISTAKE_ROWS, FEATURE_ROWS = 64, 16, 1000
FEATURE_BYTES = (25_000, 150_000)
ARRAYS_BYTES = 498_000
"""With the headers of the archive just under 500 KB."""


def score_seeds(logits: Iterable[Logits], labels: Labels) -> dict[str, dict[str, float]]:
    """Mean, deviation and count over seeds of everything in `metrics.scores`."""
    each = [metrics.scores(seed_logits, labels) for seed_logits in logits]
    return {name: metrics.mean_std_n([scores[name] for scores in each]) for name in each[0]}


def features_of(
    network: nn.Module, normalise: Normalize, images: UInt8[Tensor, "image height width channel"]
) -> Float[ndarray, "image feature"]:
    """What goes into the layer with weights that runs last, flattened, in half precision."""
    last: list[Tensor] = []
    batches: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Tensor]) -> None:
        last[:] = inputs

    def end(*_: object) -> None:
        batches.append(last[0].flatten(1).half())

    hooks = [layer.register_forward_pre_hook(keep) for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    hooks.append(network.register_forward_hook(end))
    try:
        logits_of(network, normalise, images)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(batches).numpy()


def gallery_indices(logits: Logits, labels: Labels) -> Int[ndarray, "shown"]:
    """Which test images are kept to be shown, in their order: the mistakes made with the most confidence, and the first of the others."""
    confidence = np.where(logits.argmax(1) == labels, -np.inf, metrics.log_probs(logits).max(1))
    mistakes = np.argsort(-confidence, kind="stable")[: min(MISTAKE_ROWS, np.isfinite(confidence).sum())]
    others = np.setdiff1d(np.arange(len(labels)), mistakes)
    return np.sort(np.concatenate([mistakes, others[: GALLERY_ROWS - len(mistakes)]]))


def evaluation_arrays(
    logits: Mapping[int, Logits], exported: int, test: Arrays, features: Float[ndarray, "row feature"], gallery: Mapping[str, ndarray]
) -> dict[str, ndarray]:
    """What evaluation/MODEL.npz holds. Features are cut to the component that the other arrays leave, though never below a small share."""
    arrays: dict[str, ndarray] = {
        "logits": logits[exported].astype(np.float16),
        "predictions": np.stack([seed_logits.argmax(axis=1) for seed_logits in logits.values()]).astype(np.uint8),
        "labels": test.labels.astype(np.uint8),
        **gallery,
    }
    component = np.clip(ARRAYS_BYTES - sum(array.nbytes for array in arrays.values()), *FEATURE_BYTES)
    return {**arrays, "features": features[: int(component) // features[0].nbytes]}
