"""The report as a short article in LaTeX."""

from typing import Any

from markupsafe import Markup

from lightcnn.reporting.report import claims, int8, verdict
from lightcnn.reporting.report._format import template
from lightcnn.reporting.report.contents import Contents

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"\ensuremath{\pm}",
    "×": r"\ensuremath{\times}",
    "−": r"\ensuremath{-}",
    **{character: rf"\{character}" for character in "&%$#_{}"},
}


def render(contents: Contents, figures: str) -> str:
    """The article; `figures` is the folder that it finds the figures in, seen from its own."""
    article = template(
        "research_report.tex.jinja",
        finalize=escape,
        # Delimiters that LaTeX has no use for.
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
    )
    return article.render(contents=contents, budget=contents.results.budget, claims=claims, int8=int8, verdict=verdict, figures=figures)


def escape(value: Any) -> str:
    """Text as LaTeX sets it letter by letter, on one line; what the template calls safe stays as it is."""
    if isinstance(value, Markup):
        return str(value)
    return "".join(SPECIAL.get(character, character) for character in " ".join(str(value).split()))
