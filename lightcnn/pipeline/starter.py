"""A recipe to start from: one network within a budget, and as many steps as the images are worth.

The network is this project's best branch (`enhanced`), its widths as large as the budget allows. The rules are plain ones:

- batches of 64, smaller where there would be fewer than 8 in an epoch; the rate goes along with them;
- 6,000 steps, in 20 epochs at least and 100 at most: few images are seen more often, but not for ever;
- the average of weights looks back over a twentieth of the steps, 1,000 at most;
- a stem that shrinks images by 2 or 4 where a map of 28 pixels is left: 64 and 224 pixels train in the time and memory of 32 and 56.
"""

import math
from bisect import bisect_right
from typing import Any, NamedTuple

import torch

from lightcnn.core.errors import UserError
from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.data.held_out import warning
from lightcnn.profiling.cost import count_parameters

RUN = "classifier"
"""What the run, and so its model, is called."""
BATCH, LEAST_BATCHES = 64, 8
STEPS, LEAST_EPOCHS, MOST_EPOCHS = 6_000, 20, 100
LEAST_MAP, WIDEST = 28, 512
SKEWED = 3.0
"""Times as many images in the largest class as in the smallest, from which classes are weighted."""
FIGURES = (
    *("stage1_training_results", "class_accuracy", "confident_mistakes", "grad_cam", "reliability_diagram", "roc_curves", "tsne_features"),
    *("architecture", "parameter_distribution", "accuracy_vs_parameters", "accuracy_vs_latency"),
)


class Images(NamedTuple):
    """What a recipe depends on: channels, pixels a side and classes; images for training and validation; how skewed the classes are."""

    shape: Shape
    train: int
    valid: int
    imbalance: float


class Starter(NamedTuple):
    """Settings for params.yaml, and how large the network is that they build."""

    params: dict[str, Any]
    parameters: int


def starter(data: dict[str, Any], images: Images, budget: int, flip: bool) -> Starter:
    """Settings for a project.

    Args:
        data: its section `data`.
        images: what is known of them.
        budget: parameters that the network may have.
        flip: whether a mirror image is of the same class.

    Raises:
        UserError: where the budget is too small for any network.
    """
    architecture, parameters = largest(images.shape, budget)
    params = {
        "runtime": {"device": "auto", "workers": "auto", "threads": 1, "compile": "auto", "progress": "auto"},
        "note": None,
        "data": data,
        "trainings": {RUN: {"architecture": architecture, **recipe(images, flip)}},
        "distillations": {},
        "fusions": {},
        "models": [RUN],
        "inference": [{"name": "temperature"}],
        "latency": {"warmup": 20, "calls": 200},
        "figures": [{"name": "confusion_matrix", "baseline": None}, *({"name": name} for name in FIGURES)],
    }
    return Starter(params, parameters)


def recipe(images: Images, flip: bool) -> dict[str, Any]:
    """How the network is trained: by the rules above."""
    batch = 2 ** max(1, min(int(math.log2(BATCH)), int(math.log2(max(1, images.train // LEAST_BATCHES)))))
    per_epoch = max(1, images.train // batch)
    epochs = min(MOST_EPOCHS, max(LEAST_EPOCHS, round(STEPS / per_epoch)))
    horizon = min(1_000, max(10, epochs * per_epoch // 20))
    return {
        "augment": [{"name": "crop_flip", "padding": max(1, images.shape.size // 8), "flip": flip}],
        "loss": {"name": "class_weights", "power": 0.5} if images.imbalance >= SKEWED else {"name": "cross_entropy"},
        "batch_size": batch,
        "epochs": epochs,
        "optimizer": {"name": "sgd", "lr": 0.1 * batch / BATCH, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        "schedule": {"name": "one_cycle", "pct_start": 0.3},
        "averaging": {"name": "ema", "decay": round(1 - 1 / horizon, 4)},
        "early_stopping": None,
        "checkpoint": "last" if warning(images.valid) else "best",
        "seeds": [0],
    }


def largest(shape: Shape, budget: int) -> tuple[dict[str, Any], int]:
    """The widest network within a budget, as settings, and its parameters.

    Raises:
        UserError: where there is none.
    """
    widths = range(2, WIDEST + 1, 2)
    fitting = bisect_right(widths, budget, key=lambda width: parameters_of(network(width, shape.size), shape))
    if not fitting:
        least = parameters_of(network(widths[0], shape.size), shape)
        raise UserError(f"--budget {budget}: the smallest network for {shape.classes:,} classes has {least:,} parameters; allow so many")
    found = network(widths[fitting - 1], shape.size)
    return found, parameters_of(found, shape)


def network(width: int, size: int) -> dict[str, Any]:
    """The network of a width for images of a size."""
    return {
        "name": "enhanced",
        "stem_stride": next(stride for stride in (4, 2, 1) if stride == 1 or size // stride >= LEAST_MAP),
        "widths": [width, 2 * width, 2 * width],
        "depth": 2,
        "residual": True,
        "conv": {"name": "bsconv"},
        "attention": {"name": "se", "hidden": 4},
        "head": {"name": "gap"},
    }


def parameters_of(architecture: dict[str, Any], shape: Shape) -> int:
    """How many parameters an architecture has, without making room for them."""
    with torch.device("meta"):
        return count_parameters(from_config("architectures", architecture).build(shape))
