"""Every number that the committed report and article give of a model is found again in reports/, or follows from it as scipy says."""

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from scipy.stats import binomtest, t

from lightcnn.core.files import read_json
from lightcnn.core.yaml import read_yaml
from tests.helpers import ROOT
from tests.reporting.report.test_html import Page

REPORTS = ROOT / "reports"
PARAMS = read_yaml(ROOT / "params.yaml")
MODELS: list[str] = PARAMS["models"]
IMAGES = 10_000
NUMBER = r"(?<![a-z\d.,])\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?"


def leaves(tree: Any) -> Iterator[float]:
    """All numbers in plain data."""
    if isinstance(tree, dict):
        for branch in tree.values():
            yield from leaves(branch)
    elif isinstance(tree, int | float):
        yield float(tree)


def interval(top1: dict[str, Any]) -> tuple[float, float]:
    if top1["n"] > 1:
        return t.interval(0.95, top1["n"] - 1, loc=top1["mean"], scale=top1["std"] / top1["n"] ** 0.5)  # type: ignore[no-any-return]
    found = binomtest(round(IMAGES * top1["mean"]), IMAGES).proportion_ci(method="wilson")
    return found.low, found.high


def gains(tops: dict[str, dict[str, Any]]) -> Iterator[float]:
    """All differences of two models, with both ends of their intervals."""
    for one, other in permutations(tops.values(), 2):
        gain = other["mean"] - one["mean"]
        if min(one["n"], other["n"]) > 1:
            (a, b) = (top["std"] ** 2 / top["n"] for top in (one, other))
            half = t.ppf(0.975, (a + b) ** 2 / (a**2 / (one["n"] - 1) + b**2 / (other["n"] - 1))) * (a + b) ** 0.5
            yield from (gain, gain - half, gain + half)
        else:
            (low, high), (least, most) = interval(one), interval(other)
            yield gain - ((other["mean"] - least) ** 2 + (high - one["mean"]) ** 2) ** 0.5
            yield from (gain, gain + ((most - other["mean"]) ** 2 + (one["mean"] - low) ** 2) ** 0.5)


def known(model: str) -> list[float]:
    """What reports/ says of a model."""
    files = {folder: read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost")}
    tops = {name: read_json(REPORTS / f"metrics/{name}.json")["test"]["top1"] for name in MODELS}
    ways = files["metrics"]["inference"].values()
    more = [way["num_networks"] * files["cost"]["parameters"] for way in ways]
    ends = [end for top1 in (tops[model], *(way["top1"] for way in ways)) for end in interval(top1)]
    speeds = [read_json(REPORTS / "latency.json")[form][model] for form in ("fp32", "int8")]
    benchmark = read_json(REPORTS / "benchmarks/latency.json")
    timed = [benchmark["models"][model]["bytes"], *(row for row in benchmark["timings"] if row["model"] == model)]
    times = [number for row in timed for number in leaves(row)] + [1000 * row["batch_1"]["p50_ms"] for row in timed[1:]]
    change = files["metrics"]["onnx_int8"]["top1"] - files["metrics"]["onnx_fp32"]["top1"]
    claims = [claim for claim in read_json(REPORTS / "claims.json")["claims"].values() if claim["run"] == model]
    judged = [number for claim in claims for number in leaves(claim)]
    return [*leaves(files), *judged, *(number for speed in speeds for number in leaves(speed)), *times, change, *more, *ends, *gains(tops)]


def is_known(text: str, values: list[float]) -> bool:
    """Whether a number as written is one of the values, as it is, in percent, in thousands or in millions, rounded as far."""
    digits = len(text.partition(".")[2])
    if "e" in text:
        return any(f"{value:.1e}" == text for value in values)
    return any(f"{abs(value) * scale:,.{digits}f}" == text for value in values for scale in (1, 100, 1e-3, 1e-6))


@pytest.mark.parametrize("model", MODELS)
def test_each_number_of_the_reports_tables_is_known(model: str) -> None:
    page = Page((REPORTS / "report.html").read_text("utf-8"))
    cells = [
        cell
        for rows in page.tables.values()
        for row in rows
        if row.get("model", "").removesuffix(" (fused)") == model
        for column, cell in row.items()
        if column not in ("model", "way")
    ]
    numbers = [number for cell in cells for number in re.findall(NUMBER, cell)]
    assert len(numbers) > 20
    assert [number for number in numbers if not is_known(number, known(model))] == []


@pytest.mark.parametrize("model", MODELS)
def test_each_number_of_the_articles_tables_is_known(model: str) -> None:
    lines = (REPORTS / "research_report.tex").read_text("utf-8").splitlines()
    rows = [line for line in lines if re.match(rf"(\\textbf{{)?{model}}}? &", line)]
    assert len(rows) >= 2
    numbers = [number for row in rows for number in re.findall(NUMBER, row.partition("&")[2])]
    assert [number for number in numbers if not is_known(number, known(model))] == []


def test_the_differences_that_readme_and_report_tell_are_known() -> None:
    tops = {name: read_json(REPORTS / f"metrics/{name}.json")["test"]["top1"] for name in MODELS}
    page = Page((REPORTS / "report.html").read_text("utf-8")).text
    for text in ((ROOT / "README.md").read_text("utf-8"), page):
        told = re.findall(r"([\d.]+) points \[[+−]([\d.]+), [+−]([\d.]+)\]", text)
        assert len(told) == 5
        assert [number for numbers in told for number in numbers if not is_known(number, list(gains(tops)))] == []


def test_the_verdict_is_that_of_the_best_on_validation() -> None:
    best = max(MODELS, key=lambda name: read_json(REPORTS / f"metrics/{name}.json")["valid"]["top1"]["mean"])
    top1 = read_json(REPORTS / f"metrics/{best}.json")["test"]["top1"]["mean"]
    text = Page((REPORTS / "report.html").read_text("utf-8")).text
    assert f"The best model is {best}: it classifies {100 * top1:.2f}" in text
    assert f"{IMAGES:,} test" in text
