"""The report as one page that needs nothing but itself: no network, light and dark, phone and desk; readable without its script, too."""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from lightcnn.report import int8
from lightcnn.report._format import FILTERS
from lightcnn.report.contents import Contents
from lightcnn.results import BUDGET


def render(contents: Contents) -> str:
    """The page; the same contents give the same text. A browser runs the script that has the hash, and no other."""
    pages = Environment(
        loader=PackageLoader(__package__, ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters |= FILTERS
    script = files(__package__).joinpath("script.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode("ascii")
    return pages.get_template("report.html.jinja").render(told=contents, budget=BUDGET, script=script, digest=digest, int8=int8)
