"""README's result table, written from the results themselves."""

from pathlib import Path

from lightcnn.faults import Fault
from lightcnn.report.markdown import results_table
from lightcnn.results import Places, Wanted, read

BEGIN, END = "<!-- results -->", "<!-- /results -->"


def with_results(text: str, plan: dict[str, object], root: Path) -> str:
    """`text` with the table between its two marks made anew, for the runs that the report's plan names.

    Raises:
        Fault: where a mark or a result is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise Fault(f"the marks {BEGIN} and {END} are not both there")
    reports = root / "reports"
    places = Places(
        root / "data/prepared", reports / "metrics", reports / "cost", reports / "curves", root / "evaluation", reports / "latency.json"
    )
    wanted = Wanted.parse({key: plan[key] for key in Wanted.model_fields})
    return f"{before}{BEGIN}\n{results_table(read(wanted, places))}{END}{after}"
