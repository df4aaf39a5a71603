"""Test accuracy against latency: our models, and others whose published accuracy goes with a latency that was measured here.

source   reports/metrics and reports/latency.json; the published points name theirs, see _published.py
reads    latency is the median of one image at a time, on one thread; the dashed upright is the limit
departs  nobody publishes such latencies: others' were measured with random weights, once, on another machine than ours may be
"""

from matplotlib.figure import Figure

from lightcnn.config import Strict
from lightcnn.figures._published import published
from lightcnn.figures._scatter import BARS, Limit, describe, mark_costs, scatter
from lightcnn.figures._style import styled
from lightcnn.results import Results

LIMIT = Limit(1.0, "limit: 1 ms")
ELSEWHERE = "Others' accuracies are as published; their latencies were measured once, ONNX Runtime 1.32, two-core x86 with AVX-512."


class Config(Strict):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


PUBLISHED = published(lambda network: network.latency)


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure, or none where no model was timed."""
    costs = {name: model.speed.batch_1.p50_ms for name, model in results.models.items() if model.speed}
    if not costs:
        return {}
    points = PUBLISHED.get(results.data.name, ()) if config.published else ()
    ours = f"Ours: ONNX Runtime, one thread, {results.machine.get('cpu') or 'unknown processor'}."
    words = {name: f"{cost:.3f} ms" for name, cost in costs.items()}
    told = describe("latency", results, words, points), " ".join([BARS, ours, *[ELSEWHERE] * bool(points)])
    with styled():
        figure = scatter(results, costs, points, LIMIT, f"Test accuracy against latency on {results.data.name}", told)
        mark_costs(figure.axes[0], "latency of one image (ms)", lambda value: f"{value:g}")
    return {"accuracy_vs_latency": figure}
