"""Test accuracy against latency: our models, and others whose published accuracy goes with a latency that was measured here.

source   reports/metrics and reports/latency.json; the published points name theirs, see PUBLISHED
reads    latency is the median of one image at a time, on one thread; the dashed upright is the limit
departs  nobody publishes such latencies: others' were measured with random weights, once, on another machine than ours may be
"""

from matplotlib.figure import Figure

from lightcnn.config import Strict
from lightcnn.figures._scatter import BARS, Limit, Point, mark_costs, scatter
from lightcnn.figures._style import styled
from lightcnn.results import Results

LIMIT = Limit(1.0, "limit: 1 ms")
ELSEWHERE = "Others' accuracies are as published; their latencies were measured once, ONNX Runtime 1.32, two-core x86 with AVX-512."


class Config(Strict):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


PUBLISHED: dict[str, tuple[Point, ...]] = {
    "cifar10": (
        Point("BSConv-U WRN-16-1", 0.110, 89.09, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("MLPerf Tiny ResNet-8 (target)", 0.167, 85.0, "Banbury et al. 2021, arXiv:2106.07597"),
        Point("ShuffleNetV2 x0.5", 0.351, 90.1, "public model zoo; Ma et al. 2018, arXiv:1807.11164"),
        Point("ResNet-20", 0.553, 91.25, "He et al. 2016, arXiv:1512.03385"),
    ),
    "cifar100": (
        Point("ResNet-20", 0.553, 68.7, "middle of two public model zoos: 68.6-68.8"),
        Point("MobileNetV2 x0.5", 0.577, 70.9, "public model zoo"),
    ),
}


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure, or none where no model was timed."""
    costs = {name: model.speed.batch_1.p50_ms for name, model in results.models.items() if model.speed}
    if not costs:
        return {}
    points = PUBLISHED.get(results.data.name, ()) if config.published else ()
    ours = f"Ours: ONNX Runtime, one thread, {results.machine.get('cpu') or 'unknown processor'}."
    told = describe(results, costs, points), " ".join([BARS, ours, *[ELSEWHERE] * bool(points)])
    with styled():
        figure = scatter(results, costs, points, LIMIT, f"Test accuracy against latency on {results.data.name}", told)
        mark_costs(figure.axes[0], "latency of one image (ms)", lambda value: f"{value:g}")
    return {"accuracy_vs_latency": figure}


def describe(results: Results, costs: dict[str, float], points: tuple[Point, ...]) -> str:
    """All points of ours, and how many published ones there are, in words."""
    ours = [f"{name} {cost:.3f} ms, {100 * results.models[name].metrics.test.top1.mean:.2f} %" for name, cost in costs.items()]
    beside = f", beside {len(points)} published models" if points else ""
    return f"Test accuracy against latency, on a logarithmic scale{beside}. Ours: {'; '.join(ours)}."
