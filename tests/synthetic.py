"""A finished pipeline in miniature, made up: every file that figures and report read, and the plan that asks for them."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lightcnn import artefacts
from lightcnn.results import Places, Results, Wanted, read

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAININGS = ("baseline-raw", "baseline-augmented", "enhanced-raw", "enhanced-augmented")
FUSIONS = ("baseline", "enhanced")
OPENED = {"baseline": ("fusion", "conv2", "conv1"), "enhanced": ("fusion", "head", "section3", "section2", "section1", "stem")}
# Test and validation rank the two best differently: choosing by test must show.
TEST_TOP1 = {"baseline-raw": 0.6771, "baseline-augmented": 0.6943, "enhanced-raw": 0.8012, "enhanced-augmented": 0.8694, "baseline": 0.7467, "enhanced": 0.8671}
VALID_TOP1 = {"baseline-raw": 0.6801, "baseline-augmented": 0.6997, "enhanced-raw": 0.8066, "enhanced-augmented": 0.8655, "baseline": 0.7512, "enhanced": 0.8743}
PARAMETERS = {"baseline-raw": 9310, "baseline-augmented": 9310, "enhanced-raw": 13880, "enhanced-augmented": 13880, "baseline": 19622, "enhanced": 28946}
NOTE = "short run: 3 seeds, few epochs"


def write(root: Path, seeds: int = 3, classes: tuple[str, ...] = CLASSES, dataset: str = "cifar10", images: int = 400) -> Places:
    """Write the files of six models below `root`, laid out as in the repository."""
    places = Places(*(root / part for part in ("data/prepared", "reports/metrics", "reports/cost", "reports/curves", "evaluation", "reports/latency.json")))
    random = np.random.default_rng(0)
    counts = {"train": 4 * images, "valid": images // 2, "test": images}
    meta = {"name": dataset, "classes": classes, "channels": 3, "size": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "counts": counts}
    artefacts.write_json(places.prepared / "meta.json", meta)
    for index, name in enumerate(TEST_TOP1):
        artefacts.write_json(places.metrics / f"{name}.json", metrics_of(name, index, seeds))
        artefacts.write_json(places.cost / f"{name}.json", cost_of(name, index))
        labels = np.arange(images) % len(classes)
        wrong = random.random((seeds, images)) > TEST_TOP1[name]
        near = (labels + random.choice([1, 2, 5], (seeds, images), p=[0.6, 0.3, 0.1])) % len(classes)
        arrays = {"labels": labels.astype(np.uint8), "predictions": np.where(wrong, near, labels).astype(np.uint8)}
        artefacts.write_arrays(places.evaluation / f"{name}.npz", **arrays)
        artefacts.write_json(root / "runs" / name / "metadata.json", metadata_of(index))
        for seed in range(seeds):
            artefacts.write_table(places.curves / name / f"{seed}.tsv", curve_of(name, random))
    artefacts.write_json(places.latency, {"machine": {"processor": "Imaginary 9000", "threads": 1}, "models": {n: speed_of(i) for i, n in enumerate(TEST_TOP1)}})
    (root / "params.yaml").write_text("note: short run\nmodels: [baseline, enhanced]\n")
    (root / "dvc.lock").write_text("schema: '2.0'\nstages:\n  train:\n    cmd: train\n  report:\n    cmd: report\n")
    return places


def statistic(mean: float, std: float, n: int) -> dict[str, Any]:
    return {"mean": mean, "std": std if n > 1 else 0.0, "n": n}


def metrics_of(name: str, index: int, n: int) -> dict[str, Any]:
    top1, valid = TEST_TOP1[name], VALID_TOP1[name]
    test = {
        "top1": statistic(top1, 0.0021 + 0.0003 * index, n),
        "top5": statistic(0.9713 + 0.0031 * index, 0.0012 + 0.0001 * index, n),
        "nll": statistic(1.0413 - 0.1117 * index, 0.0151 + 0.001 * index, n),
        "ece": statistic(0.0312 + 0.0021 * index, 0.0041 + 0.0002 * index, n),
        "auc": statistic(0.9511 + 0.0061 * index, 0.0017 + 0.0001 * index, n),
    }
    valid_scores = {"top1": statistic(valid, 0.0032 + 0.0001 * index, n), "nll": statistic(1.0123 - 0.1019 * index, 0.0132 + 0.001 * index, n)}
    onnx = {"top1": top1 + 0.0013, "max_abs_difference": 1.25e-6 * (index + 1)}
    return {"test": test, "valid": valid_scores, "onnx": onnx, "exported_seed": index % n}


def cost_of(name: str, index: int) -> dict[str, int]:
    parameters = PARAMETERS[name]
    sizes = {"weights_bytes": 4 * parameters, "onnx_bytes": 4 * parameters + 7000 + index, "peak_activation_bytes": 131072 + 1000 * index}
    return {"parameters": parameters, "macs": 680_000 + 2_340_000 * index, **sizes}


def speed_of(index: int) -> dict[str, Any]:
    one, many = 0.0273 + 0.0161 * index, 1.731 + 0.917 * index
    return {
        "batch_1": {"p50_ms": one, "p99_ms": 1.3 * one},
        "batch_64": {"p50_ms": many, "p99_ms": 1.2 * many},
        "throughput_per_s": 64_000 / many,
    }


def metadata_of(index: int) -> dict[str, Any]:
    return {"device": "cpu", "cpu": "Imaginary 9000", "cpu_capability": "AVX2", "threads": 2, "versions": {"python": "3.11.2", "torch": "2.15.0"}, "seconds": 611.5 + 100 * index}


def curve_of(name: str, random: np.random.Generator) -> list[dict[str, Any]]:
    """Ten epochs a phase; training alone has one phase."""
    opened = OPENED.get(name, ("all", "all"))
    epochs = np.arange(1, 5 * len(opened) + 1)
    loss = 2.1 * np.exp(-epochs / 7) + 0.5 + random.normal(0, 0.03, len(epochs))
    top1 = VALID_TOP1[name] * (1 - 0.6 * np.exp(-epochs / 4)) + random.normal(0, 0.008, len(epochs))
    rows = zip(epochs.tolist(), loss.tolist(), top1.tolist(), strict=True)
    return [
        {"epoch": e, "phase": 1 + (e - 1) // 5 if name in OPENED else 1, "opened": opened[(e - 1) // 5], "lr": 1e-3, "train_loss": x, "valid_nll": x + 0.1, "valid_top1": y}
        for e, x, y in rows
    ]


def settings(note: str | None = NOTE, **more: Any) -> dict[str, Any]:
    """The settings that figures and report have in common."""
    return {"models": list(TEST_TOP1), "trainings": list(TRAININGS), "fusions": list(FUSIONS), "note": note, **more}


def results(places: Places, note: str | None = NOTE) -> Results:
    return read(Wanted.parse(settings(note)), places)


def write_plan(path: Path, content: dict[str, Any]) -> Path:
    """A plan file as the plan stage leaves it."""
    path.write_text(json.dumps({"stage": path.stem, "name": path.stem, "settings": content, "code": {"lightcnn/results.py": "1f", "stages/x.py": "2e"}}))
    return path
