"""reports/claims.json: what came of the claims that params.yaml lists."""

from typing import Literal

from pydantic import Field

from lightcnn.artifacts.record import Count, Record

Unit = Literal["difference", "factor"]
Verdict = Literal["holds", "smaller", "no effect", "opposite", "undecided"]


class Range(Record):
    """Two ends, of a difference (fractions for top-1 and ECE, nats, epochs) or of a factor."""

    low: float
    high: float


class FoundClaim(Record):
    """One claim: what `run` has over `control`, as a difference or a factor, or over a `published` test top-1.

    `interval` is at the confidence that Holm's correction asks for, 1 - `level`; a count has neither. `n` is the number of pairs of seeds,
    None of what does not depend on the seed. `cost` is what the run takes over its control, as factors; of a published score there is none.
    """

    run: str
    control: str | None = None
    published: float | None = None
    metric: str
    unit: Unit
    claimed: Range | None = None
    source: str | None = None
    measured: float | None = None
    interval: Range | None = None
    level: float | None = None
    n: Count | None = None
    cost: dict[str, float]
    verdict: Verdict


class Claims(Record):
    """reports/claims.json, by the names of the claims; empty where params.yaml lists none."""

    claims: dict[str, FoundClaim] = Field({})
