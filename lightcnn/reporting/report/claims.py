"""The claims as a table: a row a claim, in the words of whatever the report is written in."""

from lightcnn.artifacts.claims import Claims, FoundClaim, Range
from lightcnn.reporting.report._format import points

HEADER = ("run", "against", "in", "claimed", "measured", "interval", "n", "cost: parameters, latency, training", "verdict")
WORDS = ("against", "in", "verdict")
"""Columns that are no numbers."""
NAMES = {
    **{"top1": "test top-1", "nll": "test NLL", "ece": "test ECE", "latency": "latency p50", "parameters": "parameters"},
    **{"macs": "multiply-accumulates", "seconds": "seconds of training"},
}
RULE = (
    "Measured: the run less its control, or (×) over it, paired by the n seeds that both have; cost: run over control. The intervals are as wide as Holm's "
    "correction for all claims asks (jointly 95 %). With less than five seeds their deviation is pooled over the claims on the same metric; of "
    "a single seed they are Newcombe's on the test images, and cover the choice of images alone. A claim holds where its interval lies on its "
    "side of no effect and reaches what is claimed; it is smaller where the interval ends short of that, undecided where the interval allows "
    "both no effect and one that counts. Of a published score only the number is known: the interval is the run's own, over its seeds or, of "
    "one, over the test images; holds then means above it, no effect within half a point of it, opposite below."
)


def rows(found: Claims) -> list[list[str]]:
    """The table."""
    return [
        [
            *(claim.run, against(claim), _metric(claim), _claimed(claim), _measured(claim), _interval(claim.interval, claim)),
            *("–" if claim.n is None else str(claim.n), " ".join(f"×{factor:.2f}" for factor in claim.cost.values()) or "–", claim.verdict),
        ]
        for claim in found.claims.values()
    ]


def sources(found: Claims) -> str:
    """Where the claims come from, a sentence; nothing where nobody claims a number."""
    named = [f"{claim.run} against {against(claim)}, {_metric(claim)}: {claim.source}" for claim in found.claims.values() if claim.source]
    return f"Claimed by: {'; '.join(named)}." if named else ""


def against(claim: FoundClaim) -> str:
    """The control, or the published score."""
    return claim.control or f"published {100 * (claim.published or 0):g} %"


def _metric(claim: FoundClaim) -> str:
    metric, _, level = claim.metric.partition(" to ")
    return f"epochs to {100 * float(level):g} % valid" if level else NAMES[metric]


def _claimed(claim: FoundClaim) -> str:
    if claim.claimed is None:
        return "is better"
    ends = dict.fromkeys(_number(end, claim) for end in (claim.claimed.low, claim.claimed.high))
    return f"{' to '.join(ends)}{_unit(claim)}"


def _measured(claim: FoundClaim) -> str:
    return "–" if claim.measured is None else f"{_number(claim.measured, claim)}{_unit(claim)}"


def _interval(found: Range | None, claim: FoundClaim) -> str:
    is_exact = found is not None and found.low == found.high
    return "exact" if is_exact else f"[{_number(found.low, claim)}, {_number(found.high, claim)}]" if found else "–"


def _number(value: float, claim: FoundClaim) -> str:
    if claim.unit == "factor":
        return f"×{value:.2f}"
    if claim.metric in ("top1", "ece"):
        return points(value)
    return points(value / 100, digits=1 if claim.metric.startswith("epochs") else 4)


def _unit(claim: FoundClaim) -> str:
    if claim.unit == "factor":
        return ""
    return {"top1": " points", "ece": " points", "nll": " nats"}.get(claim.metric, " epochs")
