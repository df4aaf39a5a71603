"""The table of claims, in each form of the report."""

import re

import pytest

from lightcnn.artifacts.claims import Claims
from lightcnn.reporting.report import html, latex
from lightcnn.reporting.report.claims import HEADER, rows, sources
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.latex import escape
from lightcnn.reporting.report.markdown import claims_table
from tests import synthetic

CLAIMS = Claims.from_plain(synthetic.CLAIMS)
FUSION = [
    *("enhanced", "enhanced-augmented", "test top-1", "+5.00 to +8.00 points", "+3.04 points", "[+1.13, +4.95]"),
    *("3", "×2.08 ×1.78 ×3.12", "smaller"),
]
SIZE = ["baseline", "baseline-raw", "parameters", "is better", "×2.11", "exact", "–", "×2.11 ×1.90 ×3.00", "opposite"]


def test_a_row_says_what_is_claimed_measured_and_paid() -> None:
    assert rows(CLAIMS) == [FUSION, SIZE]
    assert len(HEADER) == len(FUSION)
    assert sources(CLAIMS) == "Claimed by: enhanced against enhanced-augmented, test top-1: somebody."


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({"metric": "nll", "claimed": {"low": -0.1, "high": -0.1}}, ["test NLL", "−0.1000 nats", "+0.0304 nats"]),
        ({"metric": "epochs to 0.8", "measured": -2.5, "claimed": None}, ["epochs to 80 % valid", "is better", "−2.5 epochs"]),
        ({"metric": "seconds", "unit": "factor", "claimed": {"low": 0.5, "high": 0.8}}, ["seconds of training", "×0.50 to ×0.80", "×0.03"]),
        ({"measured": None, "interval": None, "n": 0}, ["test top-1", "+5.00 to +8.00 points", "–"]),
    ],
)
def test_each_metric_has_its_unit(changes: dict[str, object], cells: list[str]) -> None:
    claim = {**synthetic.CLAIMS["claims"]["fusion"], **changes}
    (row,) = rows(Claims.from_plain({"claims": {"one": claim}}))
    assert row[2:5] == cells


def test_a_published_score_stands_in_the_place_of_a_control() -> None:
    changes = {"control": None, "published": 0.8909, "claimed": None, "cost": {}}
    found = Claims.from_plain({"claims": {"one": {**synthetic.CLAIMS["claims"]["fusion"], **changes}}})
    assert rows(found) == [["enhanced", "published 89.09 %", "test top-1", "is better", *FUSION[4:7], "–", "smaller"]]
    assert sources(found) == "Claimed by: enhanced against published 89.09 %, test top-1: somebody."


def test_page_article_and_readme_have_the_same_table(contents: Contents) -> None:
    page, article, text = html.render(contents), latex.render(contents, "figures"), claims_table(CLAIMS, contents.results)
    section = page.partition('<section aria-labelledby="claims">')[2].partition("</section>")[0]
    cells = [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", line) for line in section.splitlines() if line.startswith('<tr><th scope="row">')]
    assert cells == [FUSION, SIZE]
    for row in (FUSION, SIZE):
        assert f"{' & '.join(map(escape, row))} \\\\" in article
        assert f"| {' | '.join(row)} |" in text
    for told in (section, article, text):
        assert "Claimed by: enhanced against enhanced-augmented, test top-1: somebody." in told
        assert synthetic.NOTE in told


def test_without_claims_there_is_no_table(contents: Contents) -> None:
    bare = contents._replace(claims=Claims())
    assert 'id="claims"' in html.render(contents)
    assert 'id="claims"' not in html.render(bare)
    assert "Claims, and what came of them" not in latex.render(bare, "figures")
    assert claims_table(Claims(), contents.results) == ""
