"""Something to report."""

import io

import pytest
from PIL import Image, PngImagePlugin

from lightcnn.artifacts.claims import Claims
from lightcnn.artifacts.metadata import Metadata
from lightcnn.reporting.report.benchmarks import benchmark
from lightcnn.reporting.report.contents import Contents, picture
from lightcnn.reporting.report.graph import graph
from tests import synthetic

SPREAD = {"median": 2.0, "least": 1.0, "most": 3.0}
RATES = {"ours": {"median": 10150.0, "least": 10090.0, "most": 10210.0}, "usual-1": {"median": 4002.0, "least": 3649.0, "most": 4354.0}}
CASE = {"usual_is": "usual-1", **RATES, "ours_over_usual": SPREAD, "ours_over_limit": SPREAD}
MACHINE = {"device": "cpu", "cpu": "Imaginary 9000", "threads": 2, "versions": {"torch": "2.15.0"}}
BENCHMARK = {"rounds": 5, "machine": MACHINE, "cases": {"paper": CASE}}


def png(stem: str, component: str) -> bytes:
    """A small picture, as the figures stage would leave it."""
    told = PngImagePlugin.PngInfo()
    for key, text in (("Title", f"Title of {stem}"), ("Description", f"Shows {stem} & more"), ("Source", component)):
        told.add_text(key, text)
    buffer = io.BytesIO()
    Image.linear_gradient("L").save(buffer, "PNG", pnginfo=told)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """Six models of three seeds, made up."""
    results = synthetic.results(synthetic.write(tmp_path_factory.mktemp("report")))
    work = {name: Metadata.from_plain(synthetic.metadata_of(index)) for index, name in enumerate(synthetic.MODELS)}
    pictures = [
        picture(stem, png(stem, component)) for stem, component in (("best_confusion_matrix", "confusion_matrix"), ("roc", "newer_room"))
    ]
    prints = {"code": "c0de00000000", "weights": "3e1947500000", "lock": "10c400000000"}
    benchmarks = [benchmark("other", {"seconds": 12.5}, {}), benchmark("training", BENCHMARK, {})]
    told = {"params": "note: short run\n", "graph": graph(synthetic.LOCK, synthetic.MODELS), "benchmarks": benchmarks}
    return Contents(results, work, pictures, **prints, **told, claims=Claims.from_plain(synthetic.CLAIMS))


def hostile(contents: Contents, text: str) -> Contents:
    """The same with a text of a user's wherever one may stand."""
    data = contents.results.data.model_copy(update={"classes": (text,) * 10})
    results = contents.results._replace(data=data, note=text, machine={"cpu": text})
    return contents._replace(results=results, params=text)
