"""Accuracy against parameters: our points where the files put them, and the published ones marked as such."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from lightcnn.reporting.figures.accuracy_vs_parameters import PUBLISHED, Config, draw
from lightcnn.reporting.results import Results
from tests.synthetic import MODELS, PARAMETERS, TEST_TOP1


def axes_of(results: Results, config: Config | None = None) -> Axes:
    return draw(config or Config(), results)["accuracy_vs_parameters"].axes[0]


def test_points_and_bars_are_those_of_the_files(found: Results) -> None:
    bars = {container.get_label(): container for container in axes_of(found).containers}
    assert list(bars) == [f"{name} (n = 3)" for name in MODELS]
    for name in MODELS:
        point, _, (bar,) = bars[f"{name} (n = 3)"]
        top1 = found.models[name].metrics.test.top1
        assert point.get_xydata().tolist() == [[PARAMETERS[name], 100 * TEST_TOP1[name]]]
        ends = bar.get_segments()[0][:, 1]
        np.testing.assert_allclose(ends, [100 * (top1.mean - top1.std), 100 * (top1.mean + top1.std)])


def test_published_points_are_hollow_numbered_and_named_in_a_key(found: Results) -> None:
    figure = draw(Config(), found)["accuracy_vs_parameters"]
    published = [line for line in figure.axes[0].lines if line.get_gid() == "published"]
    assert [tuple(line.get_xydata()[0]) for line in published] == [
        (p.parameters, pytest.approx(100 * p.top1)) for p in PUBLISHED["cifar10"]
    ]
    assert {line.get_markerfacecolor() for line in published} == {"white"}
    ours, key = figure.subfigs[1].legends
    assert [text.get_text() for text in ours.get_texts()] == ["budget: 30,000", *(f"{name} (n = 3)" for name in MODELS)]
    assert key.get_title().get_text().startswith("published")
    assert [text.get_text() for text in key.get_texts()] == [f"{i}  {p.name}" for i, p in enumerate(PUBLISHED["cifar10"], start=1)]


@pytest.mark.parametrize(("name", "published"), [("digits", True), ("cifar10", False)])
def test_nothing_published_is_shown_where_it_is_not_wanted_or_of_other_data(found: Results, name: str, published: bool) -> None:
    axes = axes_of(found._replace(data=found.data.model_copy(update={"name": name})), Config(published=published))
    assert not [line for line in axes.lines if line.get_gid() == "published"]


def test_no_two_models_look_alike_and_those_of_a_fusion_share_its_colour(found: Results) -> None:
    more = {f"{name}-{number}": model._replace(name=f"{name}-{number}") for number in range(8) for name, model in found.models.items()}
    branches = {f"{name}-{number}": tuple(f"{b}-{number}" for b in of) for number in range(8) for name, of in found.branches.items()}
    marks = {c.get_label(): c[0] for c in axes_of(found._replace(models=more, branches=branches)).containers}
    looks = {label.split()[0]: (to_hex(mark.get_color()), mark.get_marker()) for label, mark in marks.items()}
    assert len(looks) == len(more)
    assert len({looks[name] for number in range(7) for name in (f"baseline-{number}", f"baseline-raw-{number}")}) == 14
    assert all(looks[name][0] == looks[branch][0] for name, of in branches.items() for branch in of)


def test_the_axes_are_logarithmic_in_parameters_and_have_units(found: Results) -> None:
    axes = axes_of(found)
    assert axes.get_xscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("parameters", "test accuracy (%)")
    assert 30_000 in [line.get_xdata()[0] for line in axes.lines]


def test_every_published_point_says_where_it_stands() -> None:
    assert all(point.source and 0.5 < point.top1 < 1 and point.parameters > 1000 for points in PUBLISHED.values() for point in points)
