"""The notebook: it runs from its first cell to its last, shows what reports/ says, and is committed without outputs."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from lightcnn.core.files import read_json
from lightcnn.core.yaml import read_yaml
from tests.helpers import ROOT

PATH = ROOT / "lightweight_cnn.ipynb"


@pytest.fixture(scope="module")
def executed() -> NotebookNode:
    notebook = nbformat.read(PATH, as_version=4)
    return NotebookClient(notebook, timeout=180, resources={"metadata": {"path": str(ROOT)}}).execute()


def outputs(notebook: NotebookNode, kind: str) -> list[str]:
    """All that its cells display in a form."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [output.data[kind] for cell in cells for output in cell.outputs if kind in output.get("data", {})]


def test_outputs_are_stripped() -> None:
    cells = [cell for cell in nbformat.read(PATH, as_version=4).cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)


def test_the_table_has_the_numbers_of_reports(executed: NotebookNode) -> None:
    table = outputs(executed, "text/markdown")[0]
    for name in read_yaml(ROOT / "params.yaml")["models"]:
        metrics, cost = (read_json(ROOT / f"reports/{folder}/{name}.json") for folder in ("metrics", "cost"))
        assert f"| {name} | {cost['parameters']:,} | {100 * metrics['test']['top1']['mean']:.2f}% |" in table


def test_figures_are_shown_and_the_experiment_trains_only_what_changed(executed: NotebookNode) -> None:
    assert len(outputs(executed, "image/png")) == 2
    first, second = "".join(output.text for output in executed.cells[-2].outputs).splitlines()
    assert first.endswith("after 3 epochs; ran code, plan, fetch, prepare, train@baseline-raw")
    assert second.endswith("after 3 epochs; ran code, plan, train@baseline-raw")
