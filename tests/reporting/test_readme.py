"""README's result table is what the results say."""

import re
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.core.yaml import read_yaml
from lightcnn.reporting.readme import benchmark_of, replace_section, tables_of
from tests import synthetic
from tests.helpers import ROOT

REPORTS = ROOT / "reports"


def part(name: str) -> str:
    """What README says between two marks."""
    return (ROOT / "README.md").read_text().partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]


def rows_of(text: str) -> list[list[str]]:
    """The cells of a Markdown table: its header, the line below it, its rows."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def table(name: str) -> dict[str, list[str]]:
    """A table of README: first column to the other cells."""
    return {row[0]: row[1:] for row in rows_of(part(name))[2:]}


def test_every_number_of_the_table_is_found_again_in_reports() -> None:
    models = read_yaml(ROOT / "params.yaml")["models"]
    assert list(table("results")) == models
    for model, cells in table("results").items():
        metrics, cost = (read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost"))
        top1, valid = (metrics[split]["top1"] for split in ("test", "valid"))
        assert cells[0] == f"{cost['parameters']:,}"
        deviation = f" ± {100 * top1['std']:.2f}" if top1["n"] > 1 else ""
        assert cells[1] == f"{100 * top1['mean']:.2f}{deviation} (n = {top1['n']})"
        assert cells[2].startswith(f"{100 * valid['mean']:.2f}")
        assert cells[3].startswith(f"{metrics['test']['nll']['mean']:.4f}")
        assert cells[6].startswith(f"{cost['macs'] / 1e6:.2f}")


def test_int8_stands_beside_fp32_as_reports_have_it() -> None:
    times = read_json(REPORTS / "latency.json")
    assert table("int8").keys() == table("results").keys()
    for model, cells in table("int8").items():
        metrics, cost = (read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost"))
        fp32, int8 = (metrics[form]["top1"] for form in ("onnx_fp32", "onnx_int8"))
        assert [float(cell.replace("−", "-")) for cell in cells[:3]] == pytest.approx(
            [100 * fp32, 100 * int8, 100 * (int8 - fp32)], abs=0.006
        )
        sizes = [float(cell.removesuffix(" kB")) for cell in cells[3:5]]
        assert sizes == pytest.approx([cost["onnx_bytes"] / 1e3, cost["int8_bytes"] / 1e3], abs=0.06)
        medians = [times[form][model]["batch_1"]["p50_ms"] for form in ("fp32", "int8")]
        assert [float(cell) for cell in cells[5:7]] == pytest.approx(medians, abs=0.0006)
        assert cells[7] == ("int8" if fp32 - int8 < 0.005 and medians[1] < medians[0] else "fp32")


def test_the_note_stands_under_the_table() -> None:
    note = read_yaml(ROOT / "params.yaml")["note"]
    assert note is None or f"> {note}" in part("results")


def test_speeds_are_the_benchmarks() -> None:
    cases = read_json(REPORTS / "benchmarks/training.json")["cases"]
    assert len(table("speed")) == len(cases) == 3
    for cells, row in zip(table("speed").values(), cases.values(), strict=True):
        for cell, found in zip(cells, ("ours", row["usual_is"], "ours_over_usual", "ours_over_limit"), strict=True):
            middle, least, most = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]+", cell))
            assert [middle, least, most] == pytest.approx([row[found][name] for name in ("median", "least", "most")], rel=0.01)


def test_latencies_are_the_benchmarks() -> None:
    found = read_json(REPORTS / "benchmarks/latency.json")
    single = {(row["model"], row["engine"]): row for row in found["timings"] if (row["device"], row["threads"]) == ("cpu", 1)}
    assert table("latency").keys() == found["models"].keys()
    for model, cells in table("latency").items():
        rows = [single.get((model, engine)) for engine in ("onnx", "int8", "eager", "compile")]
        assert cells[0] == f"{found['models'][model]['parameters']:,}"
        assert cells[3:7] == [f"{1000 * row['batch_1']['p50_ms']:,.0f}" if row else "–" for row in rows]
        assert cells[7] == f"{single[model, 'onnx']['throughput_per_s']:,.0f}"


def test_tables_say_whose_accuracies_they_show_and_leave_out_what_was_not_timed(tmp_path: Path) -> None:
    results = synthetic.results(synthetic.write(tmp_path))
    assert benchmark_of("training", tmp_path) == ""
    text = tables_of(results, tmp_path)["latency"]
    assert rows_of(text)[0][4:6] == ["ONNX Runtime, µs", "torch, µs"]
    baseline, _, quick = rows_of(text)[2:5]
    assert baseline[0:2] == ["baseline", "78,186"]
    assert baseline[2].startswith(f"{100 * synthetic.TEST_TOP1['baseline']:.2f} ")
    assert baseline[3:] == ["84.2 kB", "100", "900", "32,000"]
    assert quick[2:] == ["89.09 (published)", "84.2 kB", "52", "471", "61,185"]
    assert f"\n> {synthetic.NOTE}\n" in text
    assert "Median of 1,000 calls" in text


def test_a_text_without_marks_is_refused() -> None:
    with pytest.raises(UserError, match="marks"):
        replace_section("no marks here", "results", "")
