"""What the benchmarks share: the device, and statistics of repeated rounds."""

import statistics

import torch

Rates = dict[str, list[float]]
"""Images per second of each contender, round by round."""


def device() -> torch.device:
    """CUDA where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def over(ours: list[float], theirs: list[float]) -> list[float]:
    """Ratios, round by round."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most, to four digits."""
    return {name: float(f"{of(values):.4g}") for name, of in (("median", statistics.median), ("least", min), ("most", max))}
