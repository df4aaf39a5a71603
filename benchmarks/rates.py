"""What is made of rates that were measured in rounds, contender by contender."""

import statistics

Rates = dict[str, list[float]]
"""Images per second of each contender, round by round."""


def over(ours: list[float], theirs: list[float]) -> list[float]:
    """Ratios, round by round."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most, to four digits."""
    return {name: float(f"{of(values):.4g}") for name, of in (("median", statistics.median), ("least", min), ("most", max))}
