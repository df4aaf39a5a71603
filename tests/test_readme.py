"""README's result table is what the results say."""

import pytest

from lightcnn import artefacts, workspace
from lightcnn.faults import Fault
from lightcnn.readme import BEGIN, END, with_results

REPORTS = workspace.ROOT / "reports"


def table() -> dict[str, list[str]]:
    """README's result table: model to cells."""
    text = (workspace.ROOT / "README.md").read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}


def test_every_number_of_the_table_is_found_again_in_reports() -> None:
    models = artefacts.read_yaml(workspace.ROOT / "params.yaml")["models"]
    assert list(table()) == models
    for model, cells in table().items():
        metrics, cost = (artefacts.read_json(REPORTS / folder / f"{model}.json") for folder in ("metrics", "cost"))
        top1, valid = (metrics[split]["top1"] for split in ("test", "valid"))
        assert cells[0] == f"{cost['parameters']:,}"
        deviation = f" ± {100 * top1['std']:.2f}" if top1["n"] > 1 else ""
        assert cells[1] == f"{100 * top1['mean']:.2f}{deviation} (n = {top1['n']})"
        assert cells[2].startswith(f"{100 * valid['mean']:.2f}")
        assert cells[3].startswith(f"{metrics['test']['nll']['mean']:.4f}")
        assert cells[6].startswith(f"{cost['macs'] / 1e6:.2f}")


def test_the_note_stands_under_the_table() -> None:
    note = artefacts.read_yaml(workspace.ROOT / "params.yaml")["note"]
    block = (workspace.ROOT / "README.md").read_text().partition(BEGIN)[2].partition(END)[0]
    assert note is None or f"> {note}" in block


def test_a_text_without_marks_is_refused() -> None:
    with pytest.raises(Fault, match="marks"):
        with_results("no marks here", {}, workspace.ROOT)
