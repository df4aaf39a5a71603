"""Results as Markdown tables for README."""

from collections.abc import Iterable, Sequence

from lightcnn.artifacts.claims import Claims
from lightcnn.reporting.analysis import best
from lightcnn.reporting.report import claims, int8
from lightcnn.reporting.report._format import count, kilobytes, mean_std, millions, milliseconds, percent, percent_mean_std
from lightcnn.reporting.report.benchmarks import Benchmark
from lightcnn.reporting.report.verdict import RULE, answers
from lightcnn.reporting.results import Model, Results

HEADER = ("model", "parameters", "test top-1, %", "valid top-1, %", "test NLL", "test ECE", "ONNX size", "MACs", "latency p50, ms")

HEADLINE = ("model", "parameters", "test top-1, %", "latency p50, ms", "ONNX file")


def results_table(results: Results) -> str:
    """One row a model, mean ± deviation (count of seeds); below what follows from it, and the note, if there is one."""
    found = list(answers(results))
    notes = "".join(f"\n{text}\n" for text in (*found, RULE) if found)
    return table(HEADER, map(row, results.models.values())) + notes + _note(results)


def headline_table(results: Results) -> str:
    """One row a model that is no branch of a fusion, the most accurate first, and the number of seeds once, below."""
    branches = {branch for pair in results.branches.values() for branch in pair}
    shown = sorted(
        (model for name, model in results.models.items() if name not in branches), key=lambda model: -model.metrics.test.top1.mean
    )
    seeds = {model.metrics.test.top1.n for model in shown}
    below = f"Mean ± standard deviation over {' or '.join(map(str, sorted(seeds)))} seeds.\n" if max(seeds) > 1 else "One seed each.\n"
    return f"{table(HEADLINE, map(_headline, shown))}\n{below}{_note(results)}"


def _headline(model: Model) -> list[str]:
    top1, cost = model.metrics.test.top1, model.cost
    accuracy = f"{percent(top1.mean)} ± {percent(top1.std)}" if top1.n > 1 else percent(top1.mean)
    return [model.name, count(cost.parameters), accuracy, milliseconds(model.speed.batch_1.p50_ms), kilobytes(cost.onnx_bytes)]


def int8_table(results: Results) -> str:
    """int8 beside fp32, one row a model; which of the two to ship, and by what rule, below."""
    whole = table(int8.HEADER, map(int8.row, results.models.values()))
    return f"{whole}{_note(results)}\n{int8.verdict(best(results))} {int8.RULE}\n"


def benchmark_table(found: Benchmark, results: Results | None) -> str:
    """What a benchmark found; the note below where accuracies of these results stand in it."""
    return f"{table(found.header, found.rows)}{_note(results) if results and found.title == 'Latency' else ''}\n{found.text}\n"


def claims_table(found: Claims, results: Results) -> str:
    """What came of the claims, one row each, and how they are judged; nothing where there are none."""
    if not found.claims:
        return ""
    notes = "".join(f"\n{text}\n" for text in (claims.sources(found), claims.RULE) if text)
    return f"{table(claims.HEADER, claims.rows(found))}{_note(results)}{notes}"


def _note(results: Results) -> str:
    return f"\n> {' '.join(results.note.split())}\n" if results.note else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left and the others to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def row(model: Model) -> list[str]:
    """What the table says of a model."""
    test, valid, cost = model.metrics.test, model.metrics.valid, model.cost
    scores = [percent_mean_std(test.top1), percent_mean_std(valid.top1) if valid else "–", mean_std(test.nll), mean_std(test.ece)]
    speed = milliseconds(model.speed.batch_1.p50_ms)
    return [model.name, count(cost.parameters), *scores, kilobytes(cost.onnx_bytes), millions(cost.macs), speed]
