"""A finished pipeline in miniature, made up: every file that figures and report read, and the plans that ask for them."""

from pathlib import Path
from typing import Any

import numpy as np

from lightcnn.artifacts.curves import write_curve
from lightcnn.artifacts.layers import Layer, write_layers
from lightcnn.artifacts.layout import Layout
from lightcnn.core.arrays import write_arrays
from lightcnn.core.files import read_json, write_bytes, write_json
from lightcnn.core.yaml import as_yaml
from lightcnn.data.sampling import drawn
from lightcnn.reporting.results import ReportScope, Results, read

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAININGS = ("baseline-raw", "baseline-augmented", "enhanced-raw", "enhanced-augmented")
FUSIONS = {"baseline": ["baseline-raw", "baseline-augmented"], "enhanced": ["enhanced-raw", "enhanced-augmented"]}
MODELS = (*TRAININGS, *FUSIONS)
OPENED = {"baseline": ("fusion", "conv2", "conv1"), "enhanced": ("fusion", "head+section3", "section2", "section1", "stem")}
# Test and validation rank the two best differently: choosing by test must show.
TEST_TOP1 = dict(zip(MODELS, (0.6771, 0.6943, 0.8012, 0.8694, 0.7467, 0.8671), strict=True))
VALID_TOP1 = dict(zip(MODELS, (0.6801, 0.6997, 0.8066, 0.8655, 0.7512, 0.8743), strict=True))
PARAMETERS = dict(zip(MODELS, (9310, 9310, 13880, 13880, 19622, 28946), strict=True))
FIGURES = (
    *("stage1_training_results", "stage2_progressive_unfreezing", "confusion_matrix", "accuracy_vs_parameters", "accuracy_vs_latency"),
    *("architecture", "parameter_distribution", "class_accuracy", "roc_curves", "reliability_diagram"),
    *("confident_mistakes", "grad_cam", "tsne_features"),
)
PEERS = {"slow": ("cifar10", 0.5126, 0.9125), "quick": ("cifar10", 0.0523, 0.8909), "other": ("mnist", 0.2, 0.99)}
"""Published networks: of which data set, milliseconds for one image, and accuracy."""
CLAIMS = {
    "claims": {
        "fusion": {
            **{"run": "enhanced", "control": "enhanced-augmented", "metric": "top1", "unit": "difference", "n": 3, "level": 0.025},
            **{
                "claimed": {"low": 0.05, "high": 0.08},
                "source": "somebody",
                "measured": 0.0304,
                "interval": {"low": 0.0113, "high": 0.0495},
            },
            **{"cost": {"parameters": 2.085, "latency": 1.777, "seconds": 3.125}, "verdict": "smaller"},
        },
        "size": {
            **{"run": "baseline", "control": "baseline-raw", "metric": "parameters", "unit": "factor", "measured": 2.1076},
            **{"interval": {"low": 2.1076, "high": 2.1076}, "cost": {"parameters": 2.1076, "latency": 1.9, "seconds": 3.0}},
            "verdict": "opposite",
        },
    }
}
LOCK = {
    "plan": {"outs": [{"path": "plan", "md5": "0a.dir"}]},
    "prepare": {
        "deps": [{"path": "plan/prepare.json"}],
        "outs": [{"path": "data/prepared/train.npz", "md5": "1b"}, {"path": "data/prepared/meta.json", "md5": "2c"}],
    },
    "train@enhanced-raw": {"deps": [{"path": "data/prepared/train.npz"}], "outs": [{"path": "runs/enhanced-raw/config.json", "md5": "3d"}]},
    "train@gone": {"outs": [{"path": "runs/gone/config.json", "md5": "4e"}]},
    "report": {"outs": [{"path": "reports/report.html", "md5": "5f"}]},
}
"""The stages of dvc.lock, cut short."""

NOTE = "short run: 3 seeds, few epochs"


def write(
    root: Path, seeds: int = 3, classes: tuple[str, ...] = CLASSES, dataset: str = "cifar10", images: int = 400, channels: int = 3
) -> Layout:
    """Write the files of six models below `root`, laid out as in the repository."""
    places = Layout(root)
    random = np.random.default_rng(0)
    counts = {"train": 4 * images, "valid": images // 2, "test": images}
    meta = {"name": dataset, "classes": classes, "channels": channels, "size": 32, "counts": counts}
    meta |= {"mean": [0.5] * channels, "std": [0.25] * channels}
    write_json(places.prepared / "meta.json", meta)
    for index, name in enumerate(MODELS):
        write_json(places.metrics / f"{name}.json", {"images": {"test": images, "valid": images // 2}} | metrics_of(name, index, seeds))
        write_json(places.cost / f"{name}.json", cost_of(name, index))
        write_arrays(places.evaluation / f"{name}.npz", **arrays_of(name, seeds, images, len(classes), channels, random))
        write_layers(places.cost / f"{name}.tsv", layers_of(name, len(classes)))
        write_json(root / "runs" / name / "metadata.json", metadata_of(index))
        write_bytes(root / "runs" / name / "weights.safetensors", name.encode())
        write_bytes(root / "exported" / name / "model.onnx", name.encode())
        for seed in range(seeds):
            write_curve(places.curves / name / f"{seed}.tsv", curve_of(name, random))
    write_bytes(root / "dvc.lock", as_yaml({"schema": "2.0", "stages": LOCK}).encode())
    machine = {"cpu": "Imaginary 9000", "threads": 1}
    forms = {"fp32": 1.0, "int8": 1.2}
    speeds = {form: {name: speed_of(index, factor) for index, name in enumerate(MODELS)} for form, factor in forms.items()}
    write_json(places.latency, {"machine": machine, **speeds})
    write_json(places.benchmarks / "latency.json", benchmark())
    write_json(places.claims, CLAIMS)
    return places


def statistic(mean: float, std: float, n: int) -> dict[str, Any]:
    return {"mean": mean, "std": std if n > 1 else 0.0, "n": n}


def metrics_of(name: str, index: int, n: int) -> dict[str, Any]:
    """No two numbers of one model look the same in print."""
    means = {"top1": TEST_TOP1[name], "top5": 0.9713 + 0.0031 * index, "nll": 1.0413 - 0.1117 * index}
    means |= {
        "macro_recall": 0.6113 + 0.0217 * index,
        "macro_f1": 0.6059 + 0.0223 * index,
        "ece": 0.0312 + 0.0021 * index,
        "auc": 0.9511 + 0.0061 * index,
    }
    test = {score: statistic(mean, 0.0021 + 0.0007 * place + 0.0001 * index, n) for place, (score, mean) in enumerate(means.items())}
    valid = {"top1": statistic(VALID_TOP1[name], 0.0093 + 0.0001 * index, n), "nll": statistic(1.0123 - 0.1019 * index, 0.0132, n)}
    onnx = {"top1": TEST_TOP1[name] + 0.0013, "changed_predictions": index, "max_abs_logit_diff": 1.2e-6 * (index + 1)}
    int8 = {"top1": onnx["top1"] - 0.0011 * index, "changed_predictions": 11 + index, "max_abs_logit_diff": 0.31 + 0.01 * index}
    inference = {
        "soft_vote": {**{score: statistic(test[score]["mean"] + 0.0023, 0.0, 1) for score in ("top1", "nll", "ece")}, "num_networks": n}
    }
    return {"test": test, "valid": valid, "onnx_fp32": onnx, "onnx_int8": int8, "inference": inference, "exported_seed": index % n}


def cost_of(name: str, index: int) -> dict[str, int]:
    parameters = PARAMETERS[name]
    sizes = {"weights_bytes": 4 * parameters, "onnx_bytes": 4 * parameters + 7000 + index, "int8_bytes": parameters + 9000 + index}
    sizes |= {"peak_activation_bytes": 131072 + 1000 * index, "onnx_weights": parameters + 300 + index}
    sizes |= {"optimized_nodes": 20 + index, "layout_reorders": index}
    return {"parameters": parameters, "macs": 680_000 + 2_340_000 * index, **sizes}


def layers_of(name: str, classes: int) -> list[Layer]:
    """A branch of three groups, in a fusion two of them and a head, with as many parameters as the costs say."""
    branch = [("conv1.0", "conv 3×3", "10×30×30", 280), ("conv1.1", "ReLU", "10×30×30", 0)]
    branch += [
        (f"block.{i}.{j}", kind, "16×15×15", 500 * j) for i in range(2) for j, kind in enumerate(("depthwise 3×3", "conv 1×1", "add"))
    ]
    branch += [("head.0", "dense", str(classes), 1000)]
    rows = [(f"{part}.{path}", *rest) for part in ("first", "second") for path, *rest in branch] if name in FUSIONS else branch
    rows += [("", "concatenate", str(2 * classes), 0)] * (name in FUSIONS)
    rows += [("last.0", "dense", str(classes), PARAMETERS[name] - sum(row[3] for row in rows))]
    return [Layer(*row) for row in rows]


def arrays_of(name: str, seeds: int, images: int, classes: int, channels: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Predictions that are wrong about as often as the metrics say, and then mostly by one class; logits that say the exported seed's."""
    labels = np.arange(images) % classes
    other = (labels + random.choice([1, 2, 5], (seeds, images), p=[0.6, 0.3, 0.1])) % classes
    wrong = random.random((seeds, images)) > TEST_TOP1[name]
    predictions = np.where(wrong, other, labels)
    logits = random.normal(size=(images, classes)).astype(np.float16)
    said = predictions[MODELS.index(name) % seeds]
    logits[np.arange(images), said] = logits.max(1) + random.exponential(2, images).astype(np.float16) + np.float16(0.1)
    shown = np.unique(np.concatenate([np.arange(16), np.flatnonzero(said != labels)[-48:]]))
    gallery = {"gallery": random.integers(0, 256, (len(shown), 32, 32, channels)), "cams": random.integers(0, 256, (len(shown), 8, 8))}
    featured = labels[drawn(labels)[:150]]
    features = (np.eye(classes, 20)[featured] + random.normal(0, 0.2, (len(featured), 20))).astype(np.float16)
    drawn_apart = np.random.default_rng(MODELS.index(name))
    scores = {"nll": drawn_apart.uniform(0.3, 1.1, seeds), "ece": drawn_apart.uniform(0.01, 0.05, seeds)}
    arrays = {"logits": logits, **scores, "features": features, "gallery_indices": shown.astype(np.int32)}
    narrow = {"labels": labels, "predictions": predictions}
    arrays |= {key: array.astype(np.uint8 if classes <= 256 else np.uint16) for key, array in narrow.items()}
    return {**arrays, **{key: array.astype(np.uint8) for key, array in gallery.items()}}


def speed_of(index: int, factor: float = 1.0) -> dict[str, Any]:
    one, many = factor * (0.0273 + 0.0161 * index), factor * (1.731 + 0.917 * index)
    batches = {f"batch_{size}": {"p50_ms": time, "p99_ms": 1.3 * time} for size, time in ((1, one), (64, many))}
    return {**batches, "throughput_per_s": 64_000 / many}


def benchmark() -> dict[str, Any]:
    """The benchmark of latencies: of a model of ours, and of published networks, one of them of another data set."""
    published = {name: {"data": data, "top1": top1, "source": "somebody"} for name, (data, _, top1) in PEERS.items()}
    ways = [("onnx", 1, 1.0), ("onnx", 2, 0.6), ("eager", 1, 9.0)]
    timings = [
        {"model": name, "engine": engine, "device": "cpu", "threads": threads, "batch_1": {"p50_ms": factor * time, "p99_ms": 1.0}}
        | {"batch_64": {"p50_ms": 20 * time, "p99_ms": 30.5}, "throughput_per_s": 3200 / time, "memory_bytes": 41_000_000}
        for name, time in {"baseline": 0.1, **{name: time for name, (_, time, _) in PEERS.items()}}.items()
        for engine, threads, factor in ways
    ]
    cards = {name: {"parameters": 78_186, "bytes": {"onnx": 84_200}, "published": published.get(name)} for name in ("baseline", *PEERS)}
    machine = {"cpu": "Imaginary 7000", "versions": {"onnxruntime": "1.2", "torch": "3.4"}}
    return {"machine": machine, "rounds": 5, "calls": 200, "models": cards, "timings": timings}


def metadata_of(index: int) -> dict[str, Any]:
    machine = {"device": "cpu", "cpu": "Imaginary 9000", "cpu_capability": "AVX2", "threads": 2}
    return {**machine, "versions": {"python": "3.11.2", "torch": "2.15.0"}, "seconds": 611.5 + 100 * index}


def curve_of(name: str, random: np.random.Generator) -> list[dict[str, Any]]:
    """Five epochs a phase; a training has one phase of ten."""
    opened = np.repeat(OPENED.get(name, ("all", "all")), 5).tolist()
    phases = [1 + epoch // 5 if name in OPENED else 1 for epoch in range(len(opened))]
    epochs = np.arange(1, len(opened) + 1)
    losses = 2.1 * np.exp(-epochs / 7) + 0.5 + random.normal(0, 0.03, len(epochs))
    top1s = VALID_TOP1[name] * (1 - 0.6 * np.exp(-epochs / 4)) + random.normal(0, 0.008, len(epochs))
    columns = (epochs.tolist(), phases, opened, [1e-3] * len(opened), losses.tolist(), (losses + 0.1).tolist(), top1s.tolist())
    keys = ("epoch", "phase", "unfrozen", "lr", "train_loss", "valid_nll", "valid_top1")
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def settings(note: str | None = NOTE, seeds: int = 3, **more: Any) -> dict[str, Any]:
    """The settings that figures and report have in common."""
    each = {name: list(range(seeds)) for name in MODELS}
    scope = {"dataset": "CIFAR-10", "models": list(MODELS), "seeds": each, "trainings": list(TRAININGS), "fusions": FUSIONS}
    return {**scope, "note": note, "budget": 30_000, **more}


def results(places: Layout, note: str | None = NOTE) -> Results:
    return read(ReportScope.from_plain(settings(note, seeds_in(places.metrics))), places)


def seeds_in(metrics: Path) -> int:
    """How many seeds were written."""
    return int(read_json(metrics / f"{MODELS[0]}.json")["test"]["top1"]["n"])


def params(note: str | None = NOTE) -> dict[str, Any]:
    """What the report says of params.yaml, cut to what is read there."""
    runs = {
        "trainings": {name: {} for name in TRAININGS},
        "distillations": {},
        "fusions": {name: {"branches": of} for name, of in FUSIONS.items()},
    }
    return {"note": note, "data": {"dataset": {"name": "cifar10"}}, **runs, "models": list(MODELS)}


def write_plans(root: Path, note: str | None = NOTE) -> tuple[Path, Path]:
    """The plan files of figures and report."""
    seeds = seeds_in(root / "reports/metrics")
    figures = settings(note, seeds, figures=[{"name": name} for name in FIGURES])
    report = settings(note, seeds, figures=list(FIGURES), code="0123456789ab", params=params(note))
    for name, content in (("figures", figures), ("report", report)):
        write_json(root / f"{name}.json", {"stage": name, "name": None, "settings": content, "code": {}})
    return root / "figures.json", root / "report.json"
