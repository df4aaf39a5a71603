"""Evaluate a model on the test split, in torch and as ONNX; no other stage reads that split."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor, nn

from lightcnn.artifacts.prepared import Arrays, read_split
from lightcnn.core.arrays import write_arrays
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.registry import Component
from lightcnn.core.threads import pin_threads
from lightcnn.data.normalize import logits_of
from lightcnn.data.types import Split
from lightcnn.evaluation import metrics
from lightcnn.evaluation.gradcam import grad_cams
from lightcnn.evaluation.metrics import Logits
from lightcnn.evaluation.predictions import evaluation_arrays, feature_rows, features_of, gallery_indices, score_seeds
from lightcnn.evaluation.settings import EvaluateSettings
from lightcnn.evaluation.types import Ensemble
from lightcnn.export import ort
from lightcnn.models.trained import TrainedRun, read_run
from lightcnn.pipeline.plan_file import read_plan


def main(plan: Path, *, run: Path, model: Path, out: Path, arrays: Path, prepared: Path = Path("data/prepared")) -> None:
    """Write the metrics of all seeds and of the exported model, and the arrays that figures are drawn from."""
    pin_threads()
    (name, settings), trained = read_plan(plan, EvaluateSettings), read_run(run)
    exported = trained.info.best_seed
    valid, test = (read_split(prepared, split, trained.info.shape) for split in ("valid", "test"))
    logits = logits_by_seed(trained, test)
    scores = score_seeds(logits.values(), test.labels)
    inference = {component.name: inferred(component, trained, valid, test) for component in settings.inference}

    shown = torch.from_numpy(test.images[feature_rows(test.labels)])
    features = features_of(trained.model(exported), trained.normalise(), shown)
    write_arrays(arrays, **evaluation_arrays(logits, exported, test, features, gallery_of(trained, logits[exported], test)))
    images, validation = {"test": len(test.labels)}, {}
    if trained.info.valid is not None:  # held out from training
        images["valid"] = len(valid.labels)
        validation["valid"] = score_seeds(logits_by_seed(trained, valid).values(), valid.labels, ("top1", "nll"))
    numbers = {
        "images": images,
        "test": scores,
        **validation,
        "onnx_fp32": scores_of_file(model / "model.onnx", test, logits[exported]),
        "onnx_int8": scores_of_file(model / "model.int8.onnx", test, logits[exported]),
        "inference": inference,
        "exported_seed": exported,
    }
    write_json(out, numbers)
    top1 = scores["top1"]
    print(f"{name}: {top1['mean']:.2%} of {len(test.labels):,} test images right (std {top1['std']:.2%}, n = {top1['n']})")


def logits_by_seed(trained: TrainedRun, split: Arrays) -> dict[int, Logits]:
    """What each seed of a run says of a split, on the CPU, so that the numbers do not depend on who has a GPU.

    Raises:
        UserError: where that is no number.
    """
    images, normalise = torch.from_numpy(split.images), trained.normalise()
    logits = {seed: logits_of(trained.model(seed), normalise, images).numpy() for seed in trained.info.seeds}
    for seed, found in logits.items():
        if not np.isfinite(found).all():
            raise UserError(f"{trained.info.name}: seed {seed} gives NaN or infinity for some image; `dvc repro --force` retrains it")
    return logits


def gallery_of(trained: TrainedRun, logits: Logits, test: Arrays) -> dict[str, ndarray]:
    """Some test images, and where in them the exported seed sees what it says they are."""
    rows = gallery_indices(logits, test.labels)
    images, said = test.images[rows], logits[rows].argmax(1)
    cams = grad_cams(trained.model(trained.info.best_seed), trained.normalise(), torch.from_numpy(images), torch.from_numpy(said))
    return {"gallery_indices": rows.astype(np.int32), "gallery": images, "cams": cams}


def scores_of_file(file: Path, test: Arrays, expected: Logits) -> dict[str, Any]:
    """How an exported file does on the test split, and how far it is from what torch says of it."""
    logits = ort.scored(file, test.images, expected.shape[1])
    return {
        "top1": metrics.top_k(logits, test.labels),
        "changed_predictions": int((logits.argmax(axis=1) != expected.argmax(axis=1)).sum()),
        "max_abs_logit_diff": float(np.abs(logits - expected).max()),
    }


def inferred(component: Component[Any], trained: TrainedRun, valid: Arrays, test: Arrays) -> dict[str, Any]:
    """What a way to predict is worth on the test split, fitted on the validation split, and how many networks it asks."""
    normalise, asked = trained.normalise(), set[nn.Module]()

    def answer(network: nn.Module, images: Tensor) -> Tensor:
        asked.add(network)
        return logits_of(network, normalise, images)

    seeds, members = (
        [partial(answer, network) for network in networks] for networks in (map(trained.model, trained.info.seeds), trained.members())
    )
    predictors = component.build(Ensemble(seeds, members), Split(*map(torch.from_numpy, valid)))
    images = torch.from_numpy(test.images)
    scores = score_seeds((predict(images).numpy() for predict in predictors), test.labels, ("top1", "nll", "ece"))
    found: dict[str, Any] = {**scores, "num_networks": len(asked) // len(predictors)}
    temperatures = [getattr(predict, "temperature", None) for predict in predictors]
    if None not in temperatures:  # what is shipped predicts with that of its seed
        found["temperature"] = temperatures[trained.info.seeds.index(trained.info.best_seed)]
    return found


if __name__ == "__main__":
    run(main)
