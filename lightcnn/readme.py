"""README's tables, written from the results themselves."""

from pathlib import Path

from lightcnn import artefacts
from lightcnn.faults import Fault
from lightcnn.report.markdown import results_table, table
from lightcnn.report.speed import training
from lightcnn.results import Places, Wanted, read


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


def results_of(plan: dict[str, object], root: Path) -> str:
    """The results of the runs that the report's plan names.

    Raises:
        Fault: where one is missing.
    """
    reports = root / "reports"
    places = Places(
        root / "data/prepared", reports / "metrics", reports / "cost", reports / "curves", root / "evaluation", reports / "latency.json"
    )
    wanted = Wanted.parse({key: plan[key] for key in Wanted.model_fields})
    return results_table(read(wanted, places))


def speed_of(root: Path) -> str:
    """How fast training is, as the benchmark found it."""
    found = training(artefacts.read_json(root / "reports/benchmarks/training.json"))
    return f"{table(found.header, found.rows)}\n{found.text}\n"
