"""Builders in miniature that many tests share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from lightcnn.core.arrays import write_arrays
from lightcnn.core.files import write_json
from lightcnn.data.normalize import Normalize
from lightcnn.data.types import Split
from lightcnn.training.loop import Learner, TrainingData
from lightcnn.training.recipe import Phase, Recipe

ROOT = Path(__file__).parents[1]
STAGE_1 = {
    "architecture": {"name": "paper", "channels": [4, 6]},
    "augment": [],
    "batch_size": 16,
    "epochs": 3,
    "optimizer": {"name": "adamw", "lr": 1e-2},
    "schedule": {"name": "one_cycle"},
    "averaging": {"name": "ema", "decay": 0.9},
    "seeds": [0, 1],
}
PHASE = {"optimizer": {"name": "sgd", "lr": 0.05}, "schedule": {"name": "cosine"}, "epochs": 1}
STAGE_2 = {
    "branches": ["raw", "augmented"],
    "fusion": {"name": "concat_mlp", "hidden": 8, "dropout": 0.1},
    "augment": [],
    "batch_size": 16,
    "averaging": {"name": "ema", "decay": 0.9},
    "phases": {group: {"unfreeze": [group], **PHASE} for group in ("fusion", "head", "conv2", "conv1")},
}
PARAMS = {
    "runtime": {"device": "cpu", "workers": 1, "progress": "lines"},
    "note": None,
    "data": {"dataset": {"name": "digits"}, "image_size": 12, "valid_size": 100, "split_seed": 0},
    "trainings": {"raw": STAGE_1, "augmented": {**STAGE_1, "augment": [{"name": "crop_flip", "padding": 1}]}},
    "distillations": {},
    "fusions": {"pair": STAGE_2},
    "models": ["raw", "pair"],
    "inference": [],
    "latency": {"warmup": 5, "calls": 50},
    "figures": [{"name": "confusion_matrix", "baseline": "raw"}],
}
"""A params.yaml as plain data in which all is right."""


def unshared(tree: Any) -> Any:
    """A copy of plain data in which nothing stands twice: of what does, YAML makes anchors."""
    return json.loads(json.dumps(tree))


def edited(tree: Any, path: str, value: Any) -> Any:
    """A copy of plain data with another value at a dotted path; a path that ends in nothing known makes a new key."""
    whole = part = unshared(tree)
    *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in way:
        part = part[key]
    part[last] = value
    return whole


def drawing(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def images_of(count: int, channels: int, size: int, seed: int = 0) -> Tensor:
    """Random pixels, [image channel height width]."""
    return torch.randint(0, 256, (count, channels, size, size), generator=drawing(seed), dtype=torch.uint8)


def floats_of(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=drawing(seed))


def size_of(model: nn.Module) -> int:
    """The number of its parameters."""
    return sum(weight.numel() for weight in model.parameters())


def shaken(model: nn.Module, seed: int = 0) -> nn.Module:
    """The same model with random weights and statistics, so that no zero or one hides a mistake, in evaluation mode."""
    for place, (key, value) in enumerate(model.state_dict().items()):
        if value.is_floating_point():
            uniform = torch.rand(value.shape, generator=drawing(1000 * seed + place))
            value.copy_(uniform + 0.5 if key.endswith("running_var") else uniform - 0.5)
    return model.eval()


def corners(count: int, seed: int = 0) -> Split:
    """Dark noisy images of 12 x 12 grey pixels, one corner of each bright; the corner is the label."""
    labels = torch.arange(count) % 4
    images = torch.randint(0, 120, (count, 12, 12, 1), generator=drawing(seed), dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[6 * (label // 2) :][:6, 6 * (label % 2) :][:, :6] += 100
    return Split(images, labels)


DATA = TrainingData(corners(70), corners(40, seed=1), Normalize((0.3,), (0.2,)), 4)


def write_prepared(folder: Path, name: str = "corners") -> Path:
    """`DATA` as a prepared data set that was made of the source `name`; there is no test split."""
    for split, part in (("train", DATA.train), ("valid", DATA.valid)):
        write_arrays(folder / f"{split}.npz", images=part.images.numpy(), labels=part.labels.numpy())
    meta = {"name": name, "classes": list("abcd"), "channels": 1, "size": 12, "mean": [0.3], "std": [0.2], "counts": {}}
    write_json(folder / "meta.json", meta)
    return folder


def network(seed: int = 0) -> nn.Sequential:
    """Two groups, with all that has a state: BatchNorm, dropout, kernels and biases."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Sequential(nn.Conv2d(1, 6, 3, 2), nn.BatchNorm2d(6), nn.ReLU()),
            nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(6 * 25, 4)),
        )


class Phased(Recipe):
    """A recipe of as many phases as a test wants."""

    phases: dict[str, Phase]


class Setup(NamedTuple):
    """All that makes a learner of a network; `open_groups` as `Learner` takes it."""

    recipe: Phased
    seed: int = 0
    open_groups: Callable[[Any, int], None] | None = None

    def learner(self, model: nn.Module, classes: int = 10) -> Learner:
        return Learner(model, self.recipe, self.recipe.loss.build(torch.ones(classes, dtype=torch.int64)), self.seed, self.open_groups)


def setup_of(*phases: dict[str, Any], seed: int = 0, **recipe: Any) -> Setup:
    """Phases of sgd with momentum at a constant rate where nothing else is said, one epoch each."""
    usual = {"unfreeze": ["all"], "epochs": 1, "optimizer": {"name": "sgd", "lr": 0.05}, "schedule": {"name": "constant"}}
    settings = {"augment": [], "batch_size": 16, **recipe, "phases": {f"phase{i}": {**usual, **phase} for i, phase in enumerate(phases)}}
    return Setup(Phased.from_plain(unshared(settings)), seed)
