"""What benchmarks beside the pipeline found, as tables; a file in a form not known here is told as it is."""

from typing import Any, NamedTuple

from lightcnn import artefacts

NETWORKS = {"paper": "the paper's branch", "enhanced": "enhanced branch", "resnet8": "MLPerf's ResNet-8"}
HEADER = ["network", "ours, images/s", "usual loop, images/s", "ours / usual", "ours / limit"]


class Benchmark(NamedTuple):
    """One file of reports/benchmarks: a table with a line on where it was measured, or else its text."""

    name: str
    header: list[str]
    rows: list[list[str]]
    text: str


def benchmark(name: str, found: Any) -> Benchmark:
    """What a file says."""
    return training(found) if name == "training" else Benchmark(name, [], [], artefacts.as_yaml(found))


def training(found: Any) -> Benchmark:
    """How fast training is: medians, with the least and the most of all rounds."""
    rows = [
        [NETWORKS[case], *map(_whole, (row["ours"], row[row["usual_is"]])), *map(_ratio, (row["ours_over_usual"], row["ours_over_limit"]))]
        for case, row in found["cases"].items()
    ]
    machine = found["machine"]
    where = f"{machine['device']}, {machine['cpu']}, {machine['threads']} threads, torch {machine['versions']['torch']}"
    return Benchmark("training", HEADER, rows, f"Median of {found['rounds']} rounds (least to most); {where}.")


def _whole(spread: dict[str, Any]) -> str:
    return f"{spread['median']:,.0f} ({spread['least']:,.0f} to {spread['most']:,.0f})"


def _ratio(spread: dict[str, Any]) -> str:
    return f"{spread['median']:.2f} ({spread['least']:.2f} to {spread['most']:.2f})"
