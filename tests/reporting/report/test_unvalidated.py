"""A model that was trained on the validation images: no table, figure or card shows a score on them."""

from pathlib import Path
from typing import Any

import pytest

from lightcnn.artifacts.curves import write_curve
from lightcnn.artifacts.layout import Layout
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.tables import read_table
from lightcnn.reporting.analysis import best, groups
from lightcnn.reporting.compare import Revision, markdown
from lightcnn.reporting.figures import stage1_training_results, stage2_progressive_unfreezing
from lightcnn.reporting.report import card, html, latex
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.markdown import results_table
from lightcnn.reporting.results import Results
from tests import synthetic

FINISHED = ("enhanced-raw", "enhanced")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Six models, a branch and its fusion trained on all images; the fusion takes its temperature from the baseline."""
    found = synthetic.write(tmp_path_factory.mktemp("unvalidated"))
    for name in FINISHED:
        file = found.metrics / f"{name}.json"
        write_json(file, {key: value for key, value in read_json(file).items() if key != "valid"})
        for path in (found.curves / name).iterdir():
            rows: list[dict[str, Any]] = [{**row, "valid_nll": None, "valid_top1": None} for row in read_table(path)]
            write_curve(path, rows)
    return found


@pytest.fixture(scope="module")
def results(places: Layout) -> Results:
    return synthetic.results(places)


@pytest.fixture(scope="module")
def told(contents: Contents, results: Results) -> Contents:
    return contents._replace(results=results, temperature_from={"enhanced": "baseline"})


def test_no_choice_falls_on_it_and_no_gain_is_told_beside_it(results: Results) -> None:
    assert best(results).name == "enhanced-augmented"
    gains = {group.fused.name: group.gain for group in groups(results) if group.fused}
    assert gains["baseline"] is not None
    assert gains["enhanced"] is None
    alone = results._replace(models={name: results.models[name] for name in FINISHED})
    assert best(alone).name == "enhanced-raw"


def test_tables_have_a_dash_for_its_validation_scores(results: Results, told: Contents) -> None:
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in results_table(results).splitlines() if line.startswith("| ")}
    assert {name for name, cells in rows.items() if cells[3:4] == ["–"]} == {*FINISHED}
    page, article = html.render(told), latex.render(told, "figures")
    row = page.partition('<th scope="row">enhanced (fused)</th>')[2].partition("</tr>")[0]
    assert row.count("<td>–</td>") == 1
    assert article.count(" & -- & ") == 2


def test_figures_have_no_line_for_it_where_validation_is_drawn(results: Results) -> None:
    (branches,) = stage1_training_results.draw(stage1_training_results.Config(), results).values()
    drawn = [{line.get_label() for line in axes.lines} for axes in branches.axes]
    assert drawn[0] - drawn[1] == drawn[0] - drawn[2] == {"enhanced-raw (n = 3)"}
    assert "enhanced-raw none (trained on those images)" in str(branches.get_label())
    (fused,) = stage2_progressive_unfreezing.draw(stage2_progressive_unfreezing.Config(), results).values()
    loss, accuracy = fused.axes[2:4]
    assert [line.get_label() for line in loss.lines if line.get_gid() is None] == ["training loss"]
    assert accuracy.texts[0].get_text() == "none: trained on these images, too"
    assert "nan" not in f"{branches.get_label()} {fused.get_label()}"


def test_its_card_and_its_facts_say_how_it_was_trained_and_whose_temperature_it_has(told: Contents) -> None:
    models = dict(told.results.models)
    vote = models["baseline"].metrics.inference["soft_vote"]
    scaled = models["baseline"].metrics.model_copy(update={"inference": {"temperature": vote.model_copy(update={"temperature": 1.25})}})
    models["baseline"] = models["baseline"]._replace(metrics=scaled)
    told = told._replace(results=told.results._replace(models=models))
    text = card.render(told, models["enhanced"], "epochs: 1\n")
    assert "trained on the training and the validation images together" in text
    assert "fitted on the validation images for baseline, the same run trained without them" in text
    assert "those of the first seed." in text
    assert "of the first seed" not in card.render(told, models["baseline"], "epochs: 1\n")
    facts = {name: card.facts(told, models[name]) for name in ("enhanced", "baseline")}
    assert (facts["enhanced"]["temperature"], facts["enhanced"]["temperature_from"]) == (1.25, "baseline")
    assert facts["baseline"]["temperature"] == 1.25
    assert "temperature_from" not in facts["baseline"]


def test_comparing_revisions_tells_of_its_test_scores_alone(results: Results) -> None:
    found = {name: model.metrics for name, model in results.models.items()}
    text = markdown(*(Revision(name, {}, found, {}, None) for name in ("old", "new")))
    assert "| enhanced | test |" in text
    assert "| enhanced | valid |" not in text
    assert "| baseline | valid |" in text


@pytest.mark.parametrize("column", ["valid_nll", "valid_top1"])
def test_a_curve_with_half_of_its_validation_scores_is_refused(tmp_path: Path, column: str) -> None:
    places = synthetic.write(tmp_path)
    path = places.curves / "baseline/1.tsv"
    rows: list[dict[str, Any]] = [*read_table(path)]
    rows[2] = {**rows[2], column: None}
    write_curve(path, rows)
    with pytest.raises(UserError, match=r"1\.tsv: not a curve of this version"):
        synthetic.results(places)
