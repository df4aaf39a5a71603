"""Test accuracy against latency: our models, and others whose published accuracy goes with a latency that was measured here.

source     reports/metrics and reports/latency.json; others: reports/benchmarks/latency.json, which names where their accuracies stand
reads      latency is the median of one image at a time, on one thread; the dashed upright is the limit
differs    nobody publishes such latencies: others' were measured with random weights, and perhaps on another day or machine
"""

from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.reporting.figures._scatter import BARS, Limit, Point, describe, mark_costs, scatter
from lightcnn.reporting.figures._style import styled
from lightcnn.reporting.results import Results

LIMIT = Limit(1.0, "limit: 1 ms")


class Config(StrictModel):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure."""
    costs = {name: model.speed.batch_1.p50_ms for name, model in results.models.items()}
    points = tuple(Point(peer.name, peer.p50_ms, 100 * peer.top1, peer.source) for peer in results.peers) if config.published else ()
    ours = f"ONNX Runtime, one thread; ours: {results.machine['cpu']}."
    theirs = f"Others' accuracies are as published, their latencies from `make bench`: {results.peers[0].cpu}." if points else ""
    words = {name: f"{cost:.3f} ms" for name, cost in costs.items()}
    texts = describe("latency", results, words, points), " ".join(filter(None, (BARS, ours, theirs)))
    with styled():
        figure = scatter(results, costs, points, LIMIT, f"Test accuracy against latency on {results.dataset}", texts)
        mark_costs(figure.axes[0], "latency of one image (ms)", lambda value: f"{value:g}")
    return {"accuracy_vs_latency": figure}
