"""Test accuracy against parameters: our models, and what others have published for the same data set.

source   reports/metrics and reports/cost; the published points name theirs, see PUBLISHED
reads    bars are one standard deviation over seeds; the dashed upright is the budget
departs  published points are as their authors state them: mostly one run, sometimes the best epoch on test
"""

from matplotlib.figure import Figure

from lightcnn.config import Strict
from lightcnn.figures._scatter import BARS, Limit, Point, mark_costs, scatter
from lightcnn.figures._style import styled
from lightcnn.results import BUDGET, Results


class Config(Strict):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


PUBLISHED: dict[str, tuple[Point, ...]] = {
    "cifar10": (
        Point("uNAS (second-hand)", 11_400, 86.5, "Liberis et al. 2020, arXiv:2010.14246"),
        Point("BSConv-S WRN-16-1", 18_663, 87.34, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("hand-made, best epoch on test", 23_500, 87.5, "middle of several public nets: 22-25 k, 87.4-87.6"),
        Point("BSConv-U WRN-16-1", 27_312, 89.09, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("BSConv-S WRN-28-1", 35_463, 90.22, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("LEMONADE (second-hand)", 47_000, 91.1, "Elsken et al. 2019, arXiv:1804.09081"),
        Point("MLPerf Tiny ResNet-8 (target)", 78_186, 85.0, "Banbury et al. 2021, arXiv:2106.07597"),
        Point("BSConv-U WRN-40-1", 80_176, 92.07, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("cifar10-tiniest (5 runs)", 97_530, 94.4, "the public repository of that name"),
        Point("ResNet-20", 270_000, 91.25, "He et al. 2016, arXiv:1512.03385"),
        Point("ShuffleNetV2 x0.5", 350_000, 90.1, "public model zoo; Ma et al. 2018, arXiv:1807.11164"),
    ),
    "cifar100": (
        Point("BSConv-S WRN-16-1", 24_500, 58.5, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("ResNet-20", 280_000, 68.7, "middle of two public model zoos: 68.6-68.8"),
        Point("SqueezeNet", 780_000, 69.4, "public model zoo"),
        Point("MobileNetV2 x0.5", 820_000, 70.9, "public model zoo"),
    ),
}


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure, or none where there is no model."""
    if not results.models:
        return {}
    points = PUBLISHED.get(results.data.name, ()) if config.published else ()
    costs = {name: float(model.cost.parameters) for name, model in results.models.items()}
    title = f"Test accuracy against parameters on {results.data.name}"
    with styled():
        figure = scatter(results, costs, points, Limit(BUDGET, f"budget: {BUDGET:,}"), title, (describe(results, points), BARS))
        mark_costs(figure.axes[0], "parameters", lambda value: f"{value / 1000:g} k")
    return {"accuracy_vs_parameters": figure}


def describe(results: Results, points: tuple[Point, ...]) -> str:
    """All points of ours, and how many published ones there are, in words."""
    models = results.models.values()
    ours = [f"{m.name} {m.cost.parameters:,} parameters, {100 * m.metrics.test.top1.mean:.2f} %" for m in models]
    beside = f", beside {len(points)} published models" if points else ""
    return f"Test accuracy against parameters, on a logarithmic scale{beside}. Ours: {'; '.join(ours)}."
