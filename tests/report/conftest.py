"""Something to report."""

import io

import pytest
from PIL import Image, PngImagePlugin

from lightcnn.report.contents import Contents, Work, picture
from tests import synthetic


def png(stem: str, room: str) -> bytes:
    """A small picture, as the figures stage would leave it."""
    told = PngImagePlugin.PngInfo()
    for key, text in (("Title", f"Title of {stem}"), ("Description", f"Shows {stem} & more"), ("Source", room)):
        told.add_text(key, text)
    buffer = io.BytesIO()
    Image.linear_gradient("L").save(buffer, "PNG", pnginfo=told)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """Six models of three seeds, made up."""
    results = synthetic.results(synthetic.write(tmp_path_factory.mktemp("report")))
    work = {name: Work.parse(synthetic.metadata_of(index)) for index, name in enumerate(synthetic.MODELS)}
    pictures = [picture(stem, png(stem, room)) for stem, room in (("best_confusion_matrix", "confusion_matrix"), ("roc", "roc_curves"))]
    return Contents(results, {"cpu": "Imaginary 9000", "threads": 1}, work, pictures, "c0de00000000", "3e1947500000", "note: short run\n")


def hostile(contents: Contents, text: str) -> Contents:
    """The same with a text of a user's wherever one may stand."""
    data = contents.results.data.model_copy(update={"classes": (text,) * 10})
    results = contents.results._replace(data=data, note=text)
    return contents._replace(results=results, machine={"cpu": text}, params=text)
