"""Evaluates a model on the test split, with torch and as exported: the only stage that reads that split."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lightcnn import artefacts, engine, metrics, runs, shell
from lightcnn.artefacts import Arrays
from lightcnn.evaluate import FEATURE_ROWS, EvaluateSettings, features_of, kept_arrays, over_seeds
from lightcnn.metrics import Logits
from lightcnn.pixels import logits_of
from lightcnn.rooms import Room
from lightcnn.runs import Run
from lightcnn.types import Panel, Split


def main(plan: Path, *, run: Path, model: Path, out: Path, arrays: Path, prepared: Path = Path("data/prepared")) -> None:
    """Write the metrics of all seeds and of the exported model, and the arrays that figures are drawn from."""
    settings, trained = artefacts.read_settings(plan, EvaluateSettings), runs.read(run)
    exported = trained.info.best_seed
    valid, test = (artefacts.read_split(prepared, split) for split in ("valid", "test"))
    logits = logits_by_seed(trained, test)
    by_onnx = engine.logits_of(engine.open_session(model / "model.onnx"), test.images)
    scores = over_seeds(logits.values(), test.labels)
    valid_scores = over_seeds(logits_by_seed(trained, valid).values(), valid.labels)
    inference = {room.name: inferred(room, trained, valid, test) for room in settings.inference}

    features = features_of(trained.model(exported), trained.normalise(), torch.from_numpy(test.images[:FEATURE_ROWS]))
    artefacts.write_arrays(arrays, **kept_arrays(logits, exported, test, features))
    difference = float(np.abs(by_onnx - logits[exported]).max())
    numbers = {
        "test": scores,
        "valid": {key: valid_scores[key] for key in ("top1", "nll")},
        "onnx": {"top1": metrics.top_k(by_onnx, test.labels), "max_abs_difference": difference},
        "inference": inference,
        "exported_seed": exported,
    }
    artefacts.write_json(out, numbers)
    top1 = scores["top1"]
    print(f"{settings.model}: {top1['mean']:.2%} of {len(test.labels):,} test images right (std {top1['std']:.2%}, n = {top1['n']})")


def logits_by_seed(trained: Run, split: Arrays) -> dict[int, Logits]:
    """What each seed of a run says of a split, on the CPU, so that the numbers do not depend on who has a GPU."""
    images, normalise = torch.from_numpy(split.images), trained.normalise()
    return {seed: logits_of(trained.model(seed), normalise, images).numpy() for seed in trained.info.seeds}


def inferred(room: Room, trained: Run, valid: Arrays, test: Arrays) -> dict[str, Any]:
    """What a way to predict is worth on the test split, fitted on the validation split, and how many networks it asks."""
    normalise, asked = trained.normalise(), set[nn.Module]()

    def answer(network: nn.Module, images: Tensor) -> Tensor:
        asked.add(network)
        return logits_of(network, normalise, images)

    seeds, members = (
        [partial(answer, network) for network in networks] for networks in (map(trained.model, trained.info.seeds), trained.members())
    )
    predictors = room.build(Panel(seeds, members), Split(*map(torch.from_numpy, valid)))
    images = torch.from_numpy(test.images)
    scores = over_seeds((predict(images).numpy() for predict in predictors), test.labels)
    return {key: scores[key] for key in ("top1", "nll", "ece")} | {"networks": len(asked) // len(predictors)}


if __name__ == "__main__":
    shell.run(main)
