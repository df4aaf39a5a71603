"""Format numbers, and load the templates."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from lightcnn.artifacts.metrics import Statistic
from lightcnn.evaluation.intervals import Interval


def count(value: int) -> str:
    """Whole, in groups of three digits."""
    return f"{value:,}"


def percent(fraction: float) -> str:
    """Two decimals, without the sign: a test set of 10,000 has no more."""
    return _unsigned_zero(f"{100 * fraction:.2f}")


def points(fraction: float, digits: int = 2) -> str:
    """A difference of fractions, in percentage points; what rounds to nothing has no sign."""
    return _unsigned_zero(f"{100 * fraction:+.{digits}f}").replace("-", "−")


def _unsigned_zero(text: str) -> str:
    return text if float(text) else text.lstrip("+-")


def percent_mean_std(statistic: Statistic) -> str:
    """Mean, deviation and count of fractions, in percent; a single seed has no deviation."""
    return mean_std_n_text(percent(statistic.mean), percent(statistic.std), statistic.n)


def interval(found: Interval) -> str:
    """Both ends of an interval of fractions, in percent."""
    return f"[{percent(found.low)}, {percent(found.high)}]"


def interval_points(found: Interval) -> str:
    """Both ends of an interval of a difference of fractions, in percentage points."""
    return f"[{points(found.low)}, {points(found.high)}]"


def mean_std(statistic: Statistic) -> str:
    """Mean, deviation and count of what is no percentage; a single seed has no deviation."""
    return mean_std_n_text(f"{statistic.mean:.4f}", f"{statistic.std:.4f}", statistic.n)


def mean_std_n_text(mean: str, std: str, n: int) -> str:
    return f"{mean} ± {std} (n = {n})" if n > 1 else f"{mean} (n = {n})"


def millions(value: int) -> str:
    """In millions."""
    return f"{value / 1e6:.2f} M"


def kilobytes(value: int) -> str:
    """In units of 1000 bytes."""
    return f"{value / 1000:,.1f} kB"


def milliseconds(value: float) -> str:
    """To the microsecond."""
    return f"{value:.3f}"


def rate(value: float) -> str:
    """Whole, in groups of three digits."""
    return f"{value:,.0f}"


def scientific(value: float) -> str:
    """Two digits and a power of ten."""
    return f"{value:.1e}"


def duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def flatten_text(value: Any) -> str:
    """Plain data, as recorded of a machine, in words."""
    return ", ".join(f"{key} {flatten_text(item)}" for key, item in value.items()) if isinstance(value, dict) else str(value)


MARKDOWN = {**{sign: f"\\{sign}" for sign in "\\`*_[]|~#$"}, "<": "&lt;", ">": "&gt;", "&": "&amp;"}


def markdown(text: str) -> str:
    """Text that Markdown shows letter by letter, on one line."""
    return "".join(MARKDOWN.get(letter, letter) for letter in " ".join(text.split()))


def code(value: object) -> str:
    """A value as Markdown's code, on one line; GitHub takes `\\|` for a bar where it stands in a table."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if "`" in text or not text else f"{ticks}{text}{ticks}"


FILTERS = {
    f.__name__: f
    for f in (
        markdown,
        count,
        percent,
        points,
        percent_mean_std,
        interval,
        interval_points,
        mean_std,
        millions,
        kilobytes,
        milliseconds,
        rate,
        scientific,
        duration,
        flatten_text,
    )
}


def template(name: str, **options: Any) -> Template:
    """A template of this folder; `options` are jinja2's."""
    pages = Environment(loader=PackageLoader(__package__, ""), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **options)
    pages.filters |= FILTERS
    return pages.get_template(name)
