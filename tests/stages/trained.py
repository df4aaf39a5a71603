"""A trained run and a prepared data set in miniature, as the stages after training find them."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from lightcnn.core.arrays import write_arrays
from lightcnn.models.trained import RunConfig, TrainedRun, write_run

CLASSES = ("cat", "dog", "owl", "fox", "bee", "cow")
INFO = {
    "name": "tiny",
    "architecture": {"name": "paper"},
    "fusion": None,
    "data": {
        "name": "tiny",
        "classes": CLASSES,
        "channels": 3,
        "size": 12,
        "mean": [0.5, 0.4, 0.3],
        "std": [0.2, 0.25, 0.3],
        "counts": {},
    },
}


def write_tiny_run(folder: Path, seeds: tuple[int, ...] = (3, 5), best: int = 5, **info: Any) -> TrainedRun:
    """A run, of the paper's network where `info` says nothing else, each seed with weights of its own."""
    scores = {str(seed): {"top1": 0.5, "nll": 1.0, "epoch": 1} for seed in seeds}
    info = RunConfig.from_plain({**INFO, **info, "seeds": seeds, "best_seed": best, "valid": scores})
    states = {}
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            states[seed] = info.architecture.build(info.shape).state_dict()
    run = TrainedRun(info, states, dict.fromkeys(seeds, ()))
    write_run(folder, run)
    return run


def write_prepared(folder: Path, splits: tuple[str, ...] = ("train", "valid", "test"), images: int = 90) -> Path:
    """Splits of random images that all classes occur in."""
    generator = np.random.default_rng(0)
    for split in splits:
        pixels = generator.integers(0, 256, (images, 12, 12, 3), dtype=np.uint8)
        write_arrays(folder / f"{split}.npz", images=pixels, labels=np.arange(images) % len(CLASSES))
    return folder


def write_plan(path: Path, **settings: Any) -> Path:
    """A plan file with these settings."""
    path.write_text(json.dumps({"stage": "test", "name": "tiny" if path.stem == "plan" else path.stem, "settings": settings, "code": {}}))
    return path


def carried_out(stage: ModuleType, name: str, folder: Path, settings: dict[str, Any], **inputs: Path) -> Path:
    """Have a stage that trains make the run `name` in a folder: there is its plan then, its run, its curves."""
    folder.mkdir(exist_ok=True)
    plan = write_plan(folder / f"{name}.json", **settings)
    stage.main(plan, **inputs, prepared=Path("prepared"), out=folder / "run", curves=folder / "curves")
    return folder
