"""The results as a Markdown table: what README shows."""

from lightcnn.report._format import count, kilobytes, millions, milliseconds, percents, spread
from lightcnn.results import Model, Results

HEADER = ("model", "parameters", "test top-1, %", "valid top-1, %", "test NLL", "test ECE", "ONNX size", "MACs", "latency p50, ms")


def results_table(results: Results) -> str:
    """One row a model, mean ± deviation (count of seeds); the note, if there is one, below."""
    rows = [HEADER, ["---"] + ["---:"] * (len(HEADER) - 1), *map(row, results.models.values())]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return f"{table}\n\n> {' '.join(results.note.split())}\n" if results.note else f"{table}\n"


def row(model: Model) -> list[str]:
    """What the table says of a model; the latency is a dash where none was read."""
    test, valid, cost = model.metrics.test, model.metrics.valid, model.cost
    scores = [percents(test.top1), percents(valid.top1), spread(test.nll), spread(test.ece)]
    speed = milliseconds(model.speed.batch_1.p50_ms) if model.speed else "–"
    return [model.name, count(cost.parameters), *scores, kilobytes(cost.onnx_bytes), millions(cost.macs), speed]
