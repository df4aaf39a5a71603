"""The report as one HTML page that needs no network."""

import base64
import hashlib
from importlib.resources import files

from lightcnn.reporting.report import claims, int8, verdict
from lightcnn.reporting.report._format import template
from lightcnn.reporting.report.contents import Contents


def render(contents: Contents) -> str:
    """The page; the same contents give the same text. A browser runs the script that has the hash, and no other."""
    script = files(__package__).joinpath("script.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode("ascii")
    page = template("report.html.jinja", autoescape=True)
    return page.render(
        contents=contents, budget=contents.results.budget, script=script, digest=digest, claims=claims, int8=int8, verdict=verdict
    )
