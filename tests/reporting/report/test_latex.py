"""The article: the numbers of the page, in text that LaTeX can set."""

import re

import pytest
from scipy.stats import t

from lightcnn.reporting.report import int8
from lightcnn.reporting.report.contents import Contents
from lightcnn.reporting.report.latex import escape, render
from tests.reporting.report.conftest import hostile
from tests.synthetic import MODELS, NOTE


@pytest.fixture(scope="module")
def article(contents: Contents) -> str:
    return render(contents, "figures")


@pytest.mark.parametrize("name", MODELS)
def test_the_tables_have_the_numbers_of_every_model(contents: Contents, article: str, name: str) -> None:
    test, valid, cost = (
        contents.results.models[name].metrics.test,
        contents.results.models[name].metrics.valid,
        contents.results.models[name].cost,
    )
    rows = [line for line in article.splitlines() if re.match(rf"(\\textbf{{)?{name}}}? &", line)]
    assert len(rows) == 4 + sum(claim.run == name for claim in contents.claims.claims.values())
    assert rows[2].removesuffix(" \\\\").split(" & ") == [escape(cell) for cell in int8.row(contents.results.models[name])]
    for score in (valid.top1, test.top1):
        assert rf"{100 * score.mean:.2f} \ensuremath{{\pm}} {100 * score.std:.2f} (n = 3)" in rows[0]
    vote = contents.results.models[name].metrics.inference["soft_vote"]
    assert f" & 3 & {3 * cost.parameters:,} & {100 * vote.top1.mean:.2f} (n = 1) & " in rows[3]
    low, high = t.interval(0.95, 2, loc=test.top1.mean, scale=test.top1.std / 3**0.5)
    assert f"[{100 * low:.2f}, {100 * high:.2f}]" in rows[0]
    for score in (test.nll, test.ece, test.auc):
        assert rf"{score.mean:.4f} \ensuremath{{\pm}} {score.std:.4f} (n = 3)" in rows[1]
    assert f" & {cost.parameters:,} & " in rows[0]


def test_the_abstract_gives_the_verdict(article: str) -> None:
    assert r"the best model, enhanced, classifies 86.71 $\pm$ 0.26\,\% ($n = 3$) of 400 test images right" in article
    assert "28,946 parameters (within a budget of 30,000)" in article


def test_it_answers_what_was_to_be_found_out_and_has_the_benchmarks(contents: Contents, article: str) -> None:
    assert all(escape(answer) in article for answer in contents.answers)
    assert r"the paper's branch & 10,150 (10,090 to 10,210) & 4,002 (3,649 to 4,354) & " in article
    assert r"BSConv-U WRN-16-1, 27,312, 89.09\,\% (Haase and Amthor 2020, arXiv:2003.13549);" in article


def test_the_note_stands_in_the_front_and_in_every_caption(contents: Contents, article: str) -> None:
    captions = [caption for caption in re.findall(r"\\caption\{.*", article) if not caption.startswith(r"\caption{Training. Median of 5")]
    assert len(captions) == 6 + len(contents.pictures)
    assert all(NOTE in caption for caption in captions)
    assert NOTE in article[: article.index(r"\begin{abstract}")]
    assert NOTE not in render(contents._replace(results=contents.results._replace(note=None)), "figures")


def test_pictures_are_taken_from_the_folder_named(contents: Contents) -> None:
    article = render(contents, "../some_figures")
    assert re.findall(r"\{(\S+\.png)\}", article) == [f"../some_figures/{picture.stem}.png" for picture in contents.pictures]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("50% & $5_a^b #~", r"50\% \& \$5\_a\textasciicircum{}b \#\textasciitilde{}"),
        ("two\n\nlines", "two lines"),
        ("-0.2 ± 3", r"-0.2 \ensuremath{\pm} 3"),
    ],
)
def test_special_characters_are_set_as_they_are(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_what_users_wrote_is_never_a_command(contents: Contents) -> None:
    article = render(hostile(contents, r"\input{/etc/passwd} % $x_1$ {"), "figures")
    assert r"\input" not in article
    assert article.count(r"\textbackslash{}input\{/etc/passwd\} \% \$x\_1\$ \{") > 10
    assert article.replace(r"\{", "").count("{") == article.replace(r"\}", "").count("}")


def test_the_same_contents_give_the_same_article(contents: Contents, article: str) -> None:
    assert render(contents, "figures") == article
