"""Tables of the benchmarks."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import as_yaml
from lightcnn.reporting.report._format import count, kilobytes, milliseconds, percent, percent_mean_std, points, rate
from lightcnn.reporting.results import Model

Models = Mapping[str, Model]

NETWORKS = {"paper": "the paper's branch", "enhanced": "enhanced branch", "resnet8": "MLPerf's ResNet-8", "wide": "widths 16, 32, 64"}
WAYS = ("model", "engine", "device", "threads", "p50, ms", "p99, ms", "64: p50, ms", "64: p99, ms", "images/s", "memory")
ENGINES = {"onnx": "ONNX Runtime", "int8": "the same, int8", "eager": "torch", "compile": "torch.compile"}


class Benchmark(NamedTuple):
    """One file of reports/benchmarks: a table with a line on where it was measured, or else its text; `words` counts its columns of words."""

    title: str
    header: list[str]
    rows: list[list[str]]
    text: str
    words: int = 1
    details: "Benchmark | None" = None


def benchmark(name: str, found: Any, models: Models) -> Benchmark:
    """What a file says; `models` are those of the results.

    Raises:
        UserError: where it is of another version.
    """
    try:
        return TABLES[name](found, models) if name in TABLES else Benchmark(name, [], [], as_yaml(found))
    except (AttributeError, LookupError, TypeError, ValueError, StopIteration, ZeroDivisionError):
        raise UserError(f"reports/benchmarks/{name}.json: not of this version; `python -m benchmarks.{name}` recreates it") from None


def training(found: Any, _: Models) -> Benchmark:
    """How fast training is: medians, with the least and the most of all rounds."""
    header = ["network", "ours, images/s", "usual loop, images/s", "ours / usual", "ours / limit"]
    rows = [
        [
            NETWORKS[case],
            *map(_whole, (row["ours"], row[row["usual_is"]])),
            *map(_hundredths, (row["ours_over_usual"], row["ours_over_limit"])),
        ]
        for case, row in found["cases"].items()
    ]
    return Benchmark("Training", header, rows, f"Median of {found['rounds']} rounds (least to most); {_where(found)}.")


def augmentation(found: Any, _: Models) -> Benchmark:
    """How fast images are augmented, in batches of the sizes measured, beside torchvision."""
    sizes = [key.removeprefix("ours_") for key in next(iter(found["cases"].values())) if key.startswith("ours_") and "over" not in key]
    ours, ratios = [f"ours_{size}" for size in sizes], [f"ours_{size}_over_torchvision" for size in sizes]
    header = [
        "augmentation",
        *(f"{size} at a time, images/s" for size in sizes),
        "torchvision, images/s",
        *(f"{size}: ratio" for size in sizes),
    ]
    rows = [
        [name, *(_whole(row[key]) for key in (*ours, "torchvision")), *(_hundredths(row[key]) for key in ratios)]
        for name, row in found["cases"].items()
    ]
    text = f"Beside torchvision's own in {found['workers']} workers. Median of {found['rounds']} rounds (least to most); {_where(found)}."
    return Benchmark("Augmentation", header, rows, text)


def workers(found: Any, _: Models) -> Benchmark:
    """What two trainings on one thread each make beside one on two threads."""
    header = ["network", "one on two threads, images/s", "two on one thread each, images/s", "two / one"]
    rows = [
        [NETWORKS[case], *map(_whole, (row["one"], row["two"])), _hundredths(row["two_over_one"])] for case, row in found["cases"].items()
    ]
    short, machine = found["short"], found["machine"]
    stages = ", ".join(f"{row['unchanged_s']:.0f} s over {row['stages']}" for row in found["stages"])
    text = (
        f"Median of {found['rounds']} pairs (least to most). {short['trainings']} short trainings by `lightcnn train` took "
        f"{short['wall_over_share']:.2f} of the time of their work, shared by {short['workers']}. `dvc repro` with nothing to do: {stages} "
        f"finished stages. {machine['cpu']}, torch {machine['versions']['torch']}."
    )
    return Benchmark("Trainings side by side", header, rows, text)


def latency(found: Any, models: Models) -> Benchmark:
    """How long a prediction takes, of ours, as far as they are among the results, and of published networks: medians on one CPU thread."""
    cards = {name: card for name, card in found["models"].items() if card["published"] or name in models}
    timings = [row for row in found["timings"] if row["model"] in cards]
    single = {(row["model"], row["engine"]): row for row in timings if (row["device"], row["threads"]) == ("cpu", 1)}
    engines = [engine for engine in ENGINES if any(engine == key[1] for key in single)]
    header = ["model", "parameters", "test top-1, %", "ONNX size", *(f"{ENGINES[engine]}, µs" for engine in engines), "images/s"]
    rows = [
        [
            name,
            count(card["parameters"]),
            _top1(card["published"], models.get(name)),
            kilobytes(card["bytes"]["onnx"]),
            *(_microseconds(single.get((name, engine))) for engine in engines),
            rate(single[name, "onnx"]["throughput_per_s"]),
        ]
        for name, card in cards.items()
    ]
    calls, machine = found["rounds"] * found["calls"], found["machine"]
    versions = ", ".join(f"{name} {machine['versions'][name]}" for name in ("onnxruntime", "torch"))
    text = f"Median of {calls:,} calls with one image, one thread; images/s with 64 at a time, ONNX Runtime; {machine['cpu']}, {versions}."
    sources = "; ".join(f"{name}: {card['published']['source']}" for name, card in cards.items() if card["published"])
    details = Benchmark("Every way of asking", list(WAYS), [_way(row) for row in timings], f"Published accuracies: {sources}.", 3)
    return Benchmark("Latency", header, rows, text, details=details)


def predictions(found: Any, _: Models) -> Benchmark:
    """On how many test images `lightcnn predict` says what the evaluation says, and how long a new process takes to say it."""
    header = ["model", "equal, PNG", "equal, JPEG", "start to answer, s"]
    rows = [
        [name, *(f"{row[form]:,} of {found['images']:,}" for form in ("png", "jpg")), _hundredths(row["start_s"])]
        for name, row in found["models"].items()
    ]
    text = f"JPEG at quality 95 loses detail. Median of {found['starts']} processes, one image each (least to most); {_where(found)}."
    return Benchmark("Predictions from files", header, rows, text)


def smoke(found: Any, _: Models) -> Benchmark:
    """How far every technique got in the smoke test."""
    header = ["id", "component", "base", "valid top-1 of base, %", "with it, %", "difference", "train loss"]
    rows = sorted(_smoked(component, row, found["bases"][row["base"]]["top1"]) for component, row in found["techniques"].items())
    reasons = "".join(f" {component}: {row['reason']}" for component, row in found["techniques"].items() if row["reason"])
    machine = found["machine"]
    where = f"{found['images']:,} training images; {machine['cpu']}, 1 thread, torch {machine['versions']['torch']}."
    title = f"Smoke test: one seed, {found['epochs']} epochs; not a comparison"
    return Benchmark(title, header, rows, f"Does a run with it learn? Each from the seed of its base. {where}{reasons}", 3)


TABLES: dict[str, Callable[[Any, Models], Benchmark]] = {
    "training": training,
    "augmentation": augmentation,
    "workers": workers,
    "latency": latency,
    "predictions": predictions,
    "smoke": smoke,
}


def _top1(published: dict[str, Any] | None, model: Model | None) -> str:
    if published:
        return f"{percent(published['top1'])} (published)"
    return percent_mean_std(model.metrics.test.top1) if model else "–"


def _way(row: dict[str, Any]) -> list[str]:
    times = [milliseconds(row[batch][quantile]) for batch in ("batch_1", "batch_64") for quantile in ("p50_ms", "p99_ms")]
    how = [row["model"], ENGINES[row["engine"]], row["device"], str(row["threads"])]
    return [*how, *times, rate(row["throughput_per_s"]), f"{row['memory_bytes'] / 1e6:,.0f} MB"]


def _smoked(component: str, row: dict[str, Any], base: float) -> list[str]:
    both, loss = (f"{100 * value:.1f}" for value in (base, row["top1"])), row["train_loss"]
    difference = points(row["top1"] - base, digits=1)
    return [", ".join(row["ids"]), component, row["base"], *both, difference, "none" if loss is None else f"{loss:.3f}"]


def _where(found: Any) -> str:
    machine = found["machine"]
    return f"{machine['device']}, {machine['cpu']}, {machine['threads']} threads, torch {machine['versions']['torch']}"


def _microseconds(row: dict[str, Any] | None) -> str:
    return count(round(1000 * row["batch_1"]["p50_ms"])) if row else "–"


def _whole(spread: dict[str, Any]) -> str:
    return f"{spread['median']:,.0f} ({spread['least']:,.0f} to {spread['most']:,.0f})"


def _hundredths(spread: dict[str, Any]) -> str:
    return f"{spread['median']:.2f} ({spread['least']:.2f} to {spread['most']:.2f})"
