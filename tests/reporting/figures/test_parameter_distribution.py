"""Parameters by layer: bars add up to what the model has."""

import re
from collections import Counter

from lightcnn.reporting.figures.parameter_distribution import Config, draw
from lightcnn.reporting.results import Results
from tests.synthetic import PARAMETERS

PANELS = {"baseline-raw, baseline-augmented": 9310, "enhanced-raw, enhanced-augmented": 13880, "baseline": 19622, "enhanced": 28946}


def test_the_bars_of_a_panel_add_up_to_the_models_parameters(found: Results) -> None:
    figure = draw(Config(), found)["parameter_distribution"]
    assert [axes.get_title("left") for axes in figure.axes] == [f"{names}: {count:,}" for names, count in PANELS.items()]
    for axes, count in zip(figure.axes, PANELS.values(), strict=True):
        assert sum(bar.get_width() for bar in axes.patches) == count
    assert set(PANELS.values()) == set(PARAMETERS.values())


def test_a_bar_is_a_group_and_its_parts_are_kinds(found: Results) -> None:
    figure = draw(Config(), found)["parameter_distribution"]
    axes, layers = figure.axes[-1], found.models["enhanced"].layers
    ticks = [tick.get_text() for tick in axes.get_yticklabels()]
    assert ticks == ["first conv1", "first block", "first head", "second conv1", "second block", "second head", "last"]
    for container in axes.containers:
        widths = Counter({ticks[row]: bar.get_width() for row, bar in enumerate(container) if bar.get_width()})
        expected = Counter[str]()
        for layer in layers:
            branch, group = re.fullmatch(r"((?:first|second)\.|)([^.]*).*", layer.path).groups()  # type: ignore[union-attr]
            expected[f"{branch} {group}".replace(".", "").strip()] += layer.parameters * (layer.kind == container.get_label())
        assert widths == +expected
    assert sorted(text.get_text() for text in axes.texts) == sorted(["280", "3,000", "1,000"] * 2 + ["20,386"])


def test_draws_a_single_model(found: Results) -> None:
    (name, model), *_ = found.models.items()
    assert len(draw(Config(), found._replace(models={name: model}))) == 1


def test_a_long_list_of_names_is_broken_within_the_figure(found: Results) -> None:
    many = {f"{name}-{number}": found.models[name]._replace(name=f"{name}-{number}") for number in range(4) for name in ("baseline-raw",)}
    figure = draw(Config(), found._replace(models=many))["parameter_distribution"]
    figure.draw_without_rendering()
    assert all(
        axes.title.get_window_extent().x1 <= figure.bbox.x1 and axes._left_title.get_window_extent().x1 <= figure.bbox.x1
        for axes in figure.axes
    )
