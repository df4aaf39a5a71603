"""README's result table is what the results say."""

import re

import pytest

from lightcnn import artefacts, workspace
from lightcnn.faults import Fault
from lightcnn.readme import with_part

REPORTS = workspace.ROOT / "reports"


def part(name: str) -> str:
    """What README says between two marks."""
    return (workspace.ROOT / "README.md").read_text().partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]


def table(name: str) -> dict[str, list[str]]:
    """A table of README: first column to the other cells."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part(name).splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}


def test_every_number_of_the_table_is_found_again_in_reports() -> None:
    models = artefacts.read_yaml(workspace.ROOT / "params.yaml")["models"]
    assert list(table("results")) == models
    for model, cells in table("results").items():
        metrics, cost = (artefacts.read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost"))
        top1, valid = (metrics[split]["top1"] for split in ("test", "valid"))
        assert cells[0] == f"{cost['parameters']:,}"
        deviation = f" ± {100 * top1['std']:.2f}" if top1["n"] > 1 else ""
        assert cells[1] == f"{100 * top1['mean']:.2f}{deviation} (n = {top1['n']})"
        assert cells[2].startswith(f"{100 * valid['mean']:.2f}")
        assert cells[3].startswith(f"{metrics['test']['nll']['mean']:.4f}")
        assert cells[6].startswith(f"{cost['macs'] / 1e6:.2f}")


def test_int8_stands_beside_fp32_as_reports_have_it() -> None:
    times = artefacts.read_json(REPORTS / "latency.json")
    assert table("int8").keys() == table("results").keys()
    for model, cells in table("int8").items():
        metrics, cost = (artefacts.read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost"))
        fp32, int8 = (metrics[form]["top1"] for form in ("onnx", "int8"))
        assert [float(cell.replace("−", "-")) for cell in cells[:3]] == pytest.approx(
            [100 * fp32, 100 * int8, 100 * (int8 - fp32)], abs=0.006
        )
        sizes = [float(cell.removesuffix(" kB")) for cell in cells[3:5]]
        assert sizes == pytest.approx([cost["onnx_bytes"] / 1e3, cost["int8_bytes"] / 1e3], abs=0.06)
        medians = [times[form][model]["batch_1"]["p50_ms"] for form in ("models", "int8")]
        assert [float(cell) for cell in cells[5:7]] == pytest.approx(medians, abs=0.0006)
        assert cells[7] == ("int8" if fp32 - int8 < 0.005 and medians[1] < medians[0] else "fp32")


def test_the_note_stands_under_the_table() -> None:
    note = artefacts.read_yaml(workspace.ROOT / "params.yaml")["note"]
    assert note is None or f"> {note}" in part("results")


def test_speeds_are_the_benchmarks() -> None:
    cases = artefacts.read_json(REPORTS / "benchmarks/training.json")["cases"]
    assert len(table("speed")) == len(cases) == 3
    for cells, row in zip(table("speed").values(), cases.values(), strict=True):
        for cell, found in zip(cells, ("ours", row["usual_is"], "ours_over_usual", "ours_over_limit"), strict=True):
            middle, least, most = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]+", cell))
            assert [middle, least, most] == pytest.approx([row[found][name] for name in ("median", "least", "most")], rel=0.01)


def test_a_text_without_marks_is_refused() -> None:
    with pytest.raises(Fault, match="marks"):
        with_part("no marks here", "results", "")
