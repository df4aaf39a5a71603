"""The tables of README and of docs/techniques.md, written from the results themselves."""

from pathlib import Path

from lightcnn import artefacts
from lightcnn.faults import Fault
from lightcnn.report._format import count, kilobytes, percent, percents, rate
from lightcnn.report.markdown import int8_table, results_table, table
from lightcnn.report.speed import training
from lightcnn.results import Metrics, Places, Wanted, read, read_record

ENGINES = {"onnx": "ONNX Runtime", "int8": "the same, int8", "eager": "torch", "compile": "torch.compile"}


def with_part(text: str, name: str, part: str) -> str:
    """`text` with what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->` made anew.

    Raises:
        Fault: where a mark is missing.
    """
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise Fault(f"the marks {marks[0]} and {marks[1]} are not both there")
    return f"{before}{begin}\n{part}{end}{after}"


def results_of(plan: dict[str, object], root: Path) -> dict[str, str]:
    """What stands between README's marks, by their name, on the runs that the report's plan names.

    Raises:
        Fault: where one is missing.
    """
    reports = root / "reports"
    places = Places(
        root / "data/prepared", reports / "metrics", reports / "cost", reports / "curves", root / "evaluation", reports / "latency.json"
    )
    wanted = Wanted.parse({key: plan[key] for key in Wanted.model_fields})
    found = read(wanted, places)
    return {"results": results_table(found), "int8": int8_table(found)}


def speed_of(root: Path) -> str:
    """How fast training is, as the benchmark found it."""
    found = training(artefacts.read_json(root / "reports/benchmarks/training.json"))
    return f"{table(found.header, found.rows)}\n{found.text}\n"


def smoke_of(root: Path) -> str:
    """How far every technique got in the smoke test, as the end of the page of techniques; nothing where it was not run."""
    path = root / "reports/benchmarks/smoke.json"
    if not path.exists():
        return ""
    found = artefacts.read_json(path)
    header = ["id", "room", "base", "valid top-1 of base, %", "with it, %", "difference", "train loss"]
    rows = sorted(_smoke(room, row, found["bases"][row["base"]]["top1"]) for room, row in found["techniques"].items())
    title = f"## Smoke test: one seed, {found['epochs']} epochs; not a comparison"
    reasons = "".join(f"\n{room}: {row['reason']}\n" for room, row in found["techniques"].items() if row["reason"])
    machine = found["machine"]
    where = f"{found['images']:,} training images; {machine['cpu']}, 1 thread, torch {machine['versions']['torch']}."
    return f"\n{title}\n\nDoes a run with it learn? Each from the seed of its base. {where}\n\n{table(header, rows)}{reasons}"


def _smoke(room: str, row: dict[str, Any], base: float) -> list[str]:
    points, loss = (f"{100 * value:.1f}" for value in (base, row["top1"])), row["train_loss"]
    difference = f"{100 * (row['top1'] - base):+.1f}"
    return [", ".join(row["ids"]), room, row["base"], *points, difference, "none" if loss is None else f"{loss:.3f}"]


def latency_of(note: str | None, root: Path) -> str:
    """How long a prediction takes, of ours and of published networks: the benchmark's medians on one thread; nothing where it was not run.

    Raises:
        Fault: where the accuracy of one of ours is missing.
    """
    path = root / "reports/benchmarks/latency.json"
    if not path.exists():
        return ""
    found = artefacts.read_json(path)
    single = {(row["model"], row["engine"]): row for row in found["timings"] if (row["device"], row["threads"]) == ("cpu", 1)}
    engines = [engine for engine in ENGINES if any(engine == key[1] for key in single)]
    header = ["model", "parameters", "test top-1, %", "ONNX size", *(f"{ENGINES[engine]}, µs" for engine in engines), "images/s"]
    rows = [
        [
            name,
            count(card["parameters"]),
            _top1(name, card["published"], root),
            kilobytes(card["bytes"]["onnx"]),
            *(_microseconds(single.get((name, engine))) for engine in engines),
            rate(single[name, "onnx"]["throughput_per_s"]),
        ]
        for name, card in found["models"].items()
    ]
    machine = found["machine"]
    versions = ", ".join(f"{name} {machine['versions'][name]}" for name in ("onnxruntime", "torch"))
    calls = found["rounds"] * found["calls"]
    where = f"Median of {calls:,} calls with one image, one thread; images/s with 64 at a time, ONNX Runtime; {machine['cpu']}, {versions}."
    return "\n".join([table(header, rows), *([f"> {note}\n"] if note else []), f"{where}\n"])


def _top1(name: str, published: dict[str, Any] | None, root: Path) -> str:
    if published:
        return f"{percent(published['top1'])} (published)"
    return percents(read_record(root / "reports/metrics" / f"{name}.json", Metrics).test.top1)


def _microseconds(row: dict[str, Any] | None) -> str:
    return count(round(1000 * row["batch_1"]["p50_ms"])) if row else "–"
