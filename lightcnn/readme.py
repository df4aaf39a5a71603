"""README's tables, written from the results themselves."""

from pathlib import Path
from typing import Any

from lightcnn import artefacts
from lightcnn.faults import Fault
from lightcnn.report.markdown import int8_table, results_table, table
from lightcnn.results import Places, Wanted, read

NETWORKS = {"paper": "the paper's branch", "enhanced": "enhanced branch", "resnet8": "MLPerf's ResNet-8"}


def with_part(text: str, name: str, part: str) -> str:
    """`text` with what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->` made anew.

    Raises:
        Fault: where a mark is missing.
    """
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise Fault(f"the marks {marks[0]} and {marks[1]} are not both there")
    return f"{before}{begin}\n{part}{end}{after}"


def results_of(plan: dict[str, object], root: Path) -> dict[str, str]:
    """What stands between README's marks, by their name, on the runs that the report's plan names.

    Raises:
        Fault: where one is missing.
    """
    reports = root / "reports"
    places = Places(
        root / "data/prepared", reports / "metrics", reports / "cost", reports / "curves", root / "evaluation", reports / "latency.json"
    )
    wanted = Wanted.parse({key: plan[key] for key in Wanted.model_fields})
    found = read(wanted, places)
    return {"results": results_table(found), "int8": int8_table(found)}


def speed_of(root: Path) -> str:
    """How fast training is: the benchmark's medians, with the least and the most of its rounds."""
    found = artefacts.read_json(root / "reports/benchmarks/training.json")
    header = ["network", "ours, images/s", "usual loop, images/s", "ours / usual", "ours / limit"]
    rows = [
        [NETWORKS[case], *map(_whole, (row["ours"], row[row["usual_is"]])), *map(_ratio, (row["ours_over_usual"], row["ours_over_limit"]))]
        for case, row in found["cases"].items()
    ]
    machine = found["machine"]
    where = f"{machine['device']}, {machine['cpu']}, {machine['threads']} threads, torch {machine['versions']['torch']}"
    return f"{table(header, rows)}\nMedian of {found['rounds']} rounds (least to most); {where}.\n"


def _whole(spread: dict[str, Any]) -> str:
    return f"{spread['median']:,.0f} ({spread['least']:,.0f} to {spread['most']:,.0f})"


def _ratio(spread: dict[str, Any]) -> str:
    return f"{spread['median']:.2f} ({spread['least']:.2f} to {spread['most']:.2f})"
