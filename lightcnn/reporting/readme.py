"""The generated parts of README and docs/techniques.md."""

from pathlib import Path

from lightcnn.artifacts.claims import Claims
from lightcnn.artifacts.layout import Layout
from lightcnn.artifacts.record import read_record
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json
from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.reporting.report.markdown import benchmark_table, claims_table, headline_table, int8_table, results_table
from lightcnn.reporting.results import ReportScope, Results, read

BENCHMARKS = {"speed": "training", "workers": "workers", "latency": "latency"}
"""Marks of README, and the benchmark that each shows."""


def replace_section(text: str, name: str, part: str) -> str:
    """`text` with what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->` made anew.

    Raises:
        UserError: where a mark is missing.
    """
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise UserError(f"the marks {marks[0]} and {marks[1]} are not both there")
    return f"{before}{begin}\n{part}{end}{after}"


def results_of(plan: dict[str, object], root: Path) -> Results:
    """The results of the runs that the report's plan names.

    Raises:
        UserError: where one is missing.
    """
    return read(ReportScope.from_plain({key: plan[key] for key in ReportScope.model_fields}), Layout(root))


def tables_of(results: Results, root: Path) -> dict[str, str]:
    """What stands between README's marks, by their name; nothing where a benchmark was not run."""
    benchmarks = {name: benchmark_of(BENCHMARKS[name], root, results) for name in BENCHMARKS}
    claims = claims_table(read_record(path, Claims), results) if (path := Layout(root).claims).exists() else ""
    tables = {"headline": headline_table(results), "results": results_table(results), "claims": claims, "int8": int8_table(results)}
    return {**tables, **benchmarks}


def benchmark_of(name: str, root: Path, results: Results | None = None, title: str = "") -> str:
    """A benchmark as Markdown, with what it takes of the results, under its title where a form of one is given; nothing where it was not run."""
    path = Layout(root).benchmarks / f"{name}.json"
    if not path.exists():
        return ""
    found = benchmark(name, read_json(path), results.models if results else {})
    return title.format(found.title) + benchmark_table(found, results)
