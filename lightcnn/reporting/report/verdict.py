"""Conclusions in words: whether fusing helps, and how far the best model is ahead."""

from collections.abc import Iterator

from lightcnn.reporting.analysis import Gain, best, gain, groups
from lightcnn.reporting.report._format import interval_points, points
from lightcnn.reporting.results import Results

RULE = "In brackets: 95 % intervals; a difference whose interval holds 0 is within noise."


def answers(results: Results) -> Iterator[str]:
    """A sentence each, as far as there is something to compare."""
    found, chosen = groups(results), best(results)
    fused = [(f"{group.fused.name} over {group.better.name}", group.gain) for group in found if group.fused and group.better and group.gain]
    if fused:
        yield f"Fusing, against the branch that is better on validation: {_listed(fused)}."
    others = [(group.fused.name, gain(group.fused, chosen)) for group in found if group.fused and group.fused.name != chosen.name]
    if others:
        yield f"{chosen.name}, against what else was fused: {_listed(others)}."


def _listed(gains: list[tuple[str, Gain]]) -> str:
    return "; ".join(
        f"{name} {points(found.value)} points {interval_points(found.interval)}{' (within noise)' * found.interval.includes_zero}"
        for name, found in gains
    )
