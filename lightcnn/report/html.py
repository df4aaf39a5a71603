"""The report as one page that needs nothing but itself: no script, no network, light and dark, phone and desk."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from lightcnn.report import int8
from lightcnn.report._format import FILTERS
from lightcnn.report.contents import Contents
from lightcnn.results import BUDGET


def render(contents: Contents) -> str:
    """The page; the same contents give the same text."""
    pages = Environment(
        loader=PackageLoader(__package__, ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters |= FILTERS
    return pages.get_template("report.html.jinja").render(told=contents, budget=BUDGET, int8=int8)
