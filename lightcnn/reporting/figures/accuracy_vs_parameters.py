"""Test accuracy against parameters: our models, and what others have published for the same data set.

source     reports/metrics and reports/cost; the published points name theirs, see lightcnn/reporting/published.py
reads      bars are one standard deviation over seeds; the dashed upright is the budget
differs    published points are as their authors state them: mostly one run, sometimes the best epoch on test
"""

from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.reporting.figures._scatter import BARS, Limit, Point, describe, mark_costs, scatter
from lightcnn.reporting.figures._style import styled
from lightcnn.reporting.published import PUBLISHED
from lightcnn.reporting.results import Results


class Config(StrictModel):
    """`published` shows the reference points, where there are any for the data set."""

    published: bool = True


def draw(config: Config, results: Results) -> dict[str, Figure]:
    """One figure."""
    found = PUBLISHED.get(results.data.name, ()) if config.published else ()
    points = tuple(Point(model.name, model.parameters, 100 * model.top1, model.source) for model in found)
    costs = {name: float(model.cost.parameters) for name, model in results.models.items()}
    title = f"Test accuracy against parameters on {results.dataset}"
    texts = describe("parameters", results, {name: f"{cost:,.0f} parameters" for name, cost in costs.items()}, points), BARS
    with styled():
        figure = scatter(results, costs, points, Limit(results.budget, f"budget: {results.budget:,}"), title, texts)
        mark_costs(figure.axes[0], "parameters", lambda value: f"{value / 1000:g} k")
    return {"accuracy_vs_parameters": figure}
