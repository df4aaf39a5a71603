"""Claims: what a run is said to have over its control, and what the results say of it."""

from collections.abc import Iterator, Mapping
from math import exp, log
from typing import Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from lightcnn.artifacts.claims import Claims, FoundClaim, Range, Unit, Verdict
from lightcnn.core.config import Fraction, Name, StrictModel
from lightcnn.evaluation.intervals import Interval
from lightcnn.evaluation.paired import ImagePairs, OneNetwork, SeedPairs, holm, pooled
from lightcnn.reporting.results import Model, ReportScope, Results

METRIC = Literal["top1", "nll", "ece", "epochs", "latency", "parameters", "macs", "seconds"]
BY_SEED = {"top1": 0.005, "nll": 0.01, "ece": 0.005, "epochs": 1.0}
"""Metrics that every seed has of its own, and the least difference that counts."""
LEAST_FACTOR = 1.05
TIMING = 1.1
"""The factor within which two timings of the same thing may lie, also on a machine with other work."""
POINTS = ("top1", "ece")
"""Metrics whose differences params.yaml gives in points."""


class Claim(StrictModel):
    """What somebody says that a run has over its control, in a metric; without `difference` and `factor` nothing is said but which is better.

    `difference` is a range, run less control: in points for top1 and ece, in nats for nll, in epochs for epochs. `factor` is a range, run
    over control. `source` says whose claim it is. `level` is the validation top-1 (a fraction) that `epochs` counts the epochs to.
    Instead of a control `published` is the test top-1 (a fraction) that somebody else's network reached.
    """

    run: Name
    control: Name | None = None
    published: Fraction | None = None
    metric: METRIC
    difference: tuple[float, float] | None = None
    factor: tuple[float, float] | None = None
    source: str | None = None
    level: Fraction | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        said = self.difference or self.factor
        if (self.control is None) == (self.published is None):
            yield "a claim compares with a control or with a published score; give one of the two"
        if self.published is not None and (self.metric != "top1" or said):
            yield "a published score is one of top1, and says all that is claimed; leave difference and factor out"
        if self.run == self.control:
            yield f"run and control are both {self.run}; name another control"
        if self.difference and self.factor:
            yield "a difference and a factor are both claimed; leave one out, or make two claims of it"
        if self.difference and self.metric not in BY_SEED:
            yield f"{self.metric} is compared by factor; write factor: [LOW, HIGH] instead of difference"
        if self.factor and min(self.factor) <= 0:
            yield f"factor {list(self.factor)}: factors are above 0"
        if said and not (said[0] <= said[1] and (said[0] - self.nothing) * (said[1] - self.nothing) > 0):
            yield f"{list(said)} is no range, from low to high, on one side of {self.nothing:g}"
        if (said is not None or self.published is not None) != bool(self.source):
            yield "what is claimed goes with its source: give both difference, factor or published and source, or neither"
        if (self.level is None) == (self.metric == "epochs"):
            yield "epochs are counted to a level: give a level with the metric epochs, and with no other"

    @property
    def sides(self) -> tuple[str, ...]:
        """The run and its control, if it has one."""
        return (self.run,) if self.control is None else (self.run, self.control)

    @property
    def unit(self) -> Unit:
        """How the two runs are compared."""
        return "factor" if self.factor or self.metric not in BY_SEED else "difference"

    @property
    def nothing(self) -> float:
        """The effect that is none."""
        return 1.0 if self.unit == "factor" else 0.0

    @property
    def claimed(self) -> Interval | None:
        """The range that is claimed; fractions for points."""
        if self.difference:
            return Interval(*(end / 100 if self.metric in POINTS else end for end in self.difference))
        return Interval(*self.factor) if self.factor else None


class ClaimsSettings(ReportScope):
    """What the claims stage runs with."""

    claims: dict[str, Claim] = Field({})


class Counted(NamedTuple):
    """What no seed has a say in, on a logarithmic scale; `reach` is how far to both sides it may be off."""

    mean: float
    reach: float

    def interval(self, level: float) -> Interval:  # noqa: ARG002
        """The same at every level."""
        return Interval(self.mean - self.reach, self.mean + self.reach)


def verdict(found: Interval, claimed: Interval | None, better: int, least: float) -> Verdict:
    """What an interval says of a claim, all on a scale on which no effect is 0 (factors: their logarithms).

    Ahead is the direction that is claimed, or, where nothing is claimed, the one that is better. The first rule that fits decides:

    1. `opposite`: the interval lies behind 0 as a whole.
    2. `no effect`: the interval holds 0 and stays within `least` of it, on both sides.
    3. `smaller`: the interval ends short of the claimed range, whether it holds 0 or not.
    4. `holds`: the interval lies ahead of 0 as a whole; of a claimed range it reaches the near end, or is past it.
    5. `undecided`: it holds 0, and what is claimed (or more than `least`) is not excluded.

    Args:
        found: the interval of the effect, at Holm's level.
        claimed: the range that is claimed, None where nothing is.
        better: 1 where more is better, -1 where less is.
        least: the least effect that counts.
    """
    ahead = better if claimed is None else (1 if claimed.low > 0 else -1)
    low, high = sorted(ahead * end for end in found)
    if high < 0:
        return "opposite"
    if low <= 0 and max(-low, high) < least:
        return "no effect"
    if claimed and high < min(ahead * end for end in claimed):
        return "smaller"
    return "holds" if low > 0 else "undecided"


def judged(settings: ClaimsSettings, results: Results, seconds: Mapping[str, float]) -> Claims:
    """What the results say of every claim.

    Those that seeds decide are paired by seed. From five pairs on, the interval is Student's t with their own deviation; below that the
    deviation is pooled over all claims of the project on the same metric. Of a single pair, a difference of top-1 is judged on the test
    images that both were asked about. A published score has no seeds: the run's own decide. Levels are corrected for the number of these
    claims (Holm).

    Args:
        settings: the claims, and whose results there are.
        results: of these runs.
        seconds: of training, by run, what a run is built on included.
    """
    pairs = {name: _pairs(claim, results, settings.seeds) for name, claim in settings.claims.items() if claim.metric in BY_SEED}
    tests: dict[str, SeedPairs | ImagePairs | OneNetwork] = {}
    for name, own in pairs.items():
        claim = settings.claims[name]
        alike = [own] if claim.control is None else [pairs[other] for other in pairs if _is_alike(claim, settings.claims[other])]
        common = pooled(alike)
        if len(own) == 1 and (claim.metric, claim.unit) == ("top1", "difference"):
            tests[name] = _images(claim, results, settings.seeds)
        elif own and common:
            tests[name] = SeedPairs(own, common)
    levels = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
    found = {}
    for name, claim in settings.claims.items():
        test = tests.get(name) or (None if name in pairs else _counted(claim, results, seconds))
        found[name] = _found(claim, test, levels.get(name), len(pairs[name]) if name in pairs else None, results, seconds)
    return Claims(claims=found)


def _is_alike(one: Claim, other: Claim) -> bool:
    return other.control is not None and (one.metric, one.unit, one.level) == (other.metric, other.unit, other.level)


def _pairs(claim: Claim, results: Results, seeds: Mapping[str, tuple[int, ...]]) -> tuple[float, ...]:
    """What the run has over its control or a published score, by each seed that both have; none where one never gets to the level."""
    if claim.published is not None:
        return tuple(score - claim.published for score in _by_seed(claim, results, claim.run))
    ours, theirs = (dict(zip(seeds[name], _by_seed(claim, results, name), strict=True)) for name in claim.sides)
    shared = [(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
    if not all(np.isfinite(pair).all() for pair in shared):
        return ()
    return tuple(_scaled(one, claim) - _scaled(other, claim) for one, other in shared)


def _scaled(value: float, claim: Claim) -> float:
    return log(max(value, 1e-12)) if claim.unit == "factor" else value


def _by_seed(claim: Claim, results: Results, name: str) -> list[float]:
    model = results.models[name]
    if claim.metric == "top1":
        return _hits(model).mean(axis=1).tolist()
    if claim.metric in ("nll", "ece"):
        return (model.nll if claim.metric == "nll" else model.ece).tolist()
    reached = [curve.valid_top1 >= claim.level for curve in {**results.trainings, **results.fusions}[name]]
    return [1.0 + hits.argmax() if hits.any() else np.inf for hits in reached]


def _hits(model: Model) -> np.ndarray:
    return model.predictions == model.labels


def _images(claim: Claim, results: Results, seeds: Mapping[str, tuple[int, ...]]) -> ImagePairs | OneNetwork:
    if claim.published is not None:
        hits = _hits(results.models[claim.run])[0]
        return OneNetwork(int(hits.sum()), hits.size, claim.published)
    (shared,) = set.intersection(*(set(seeds[name]) for name in claim.sides))
    first, second = (_hits(results.models[name])[seeds[name].index(shared)] for name in claim.sides)
    return ImagePairs.of(first, second)


def _counted(claim: Claim, results: Results, seconds: Mapping[str, float]) -> Counted:
    ours, theirs = (results.models[name].cost.macs for name in claim.sides)
    factors = _cost(claim, results, seconds) | {"macs": ours / theirs}
    return Counted(log(factors[claim.metric]), log(TIMING) if claim.metric in ("latency", "seconds") else 0.0)


def _cost(claim: Claim, results: Results, seconds: Mapping[str, float]) -> dict[str, float]:
    """What the run takes over its control, as factors; nothing where what it is compared with is a number."""
    if claim.control is None:
        return {}
    ours, theirs = (results.models[name] for name in claim.sides)
    return {
        "parameters": ours.cost.parameters / theirs.cost.parameters,
        "latency": ours.speed.batch_1.p50_ms / theirs.speed.batch_1.p50_ms,
        "seconds": seconds[claim.run] / seconds[claim.control],
    }


def _found(
    claim: Claim,
    test: SeedPairs | ImagePairs | OneNetwork | Counted | None,
    level: float | None,
    n: int | None,
    results: Results,
    seconds: Mapping[str, float],
) -> FoundClaim:
    """A claim as it is recorded; `test` is None where there is nothing to judge by."""
    is_factor = claim.unit == "factor"
    back, least = (exp, log(LEAST_FACTOR)) if is_factor else (float, BY_SEED.get(claim.metric, 0.0))
    wanted = claim.claimed and (Interval(*map(log, claim.claimed)) if is_factor else claim.claimed)
    ends = test.interval(level or 0.05) if test else None
    return FoundClaim(
        run=claim.run,
        control=claim.control,
        published=claim.published,
        metric=claim.metric if claim.level is None else f"{claim.metric} to {claim.level:g}",
        unit=claim.unit,
        claimed=claim.claimed and Range(**claim.claimed._asdict()),
        source=claim.source,
        measured=back(test.mean) if test else None,
        interval=Range(low=back(ends.low), high=back(ends.high)) if ends else None,
        level=level,
        n=n,
        cost=_cost(claim, results, seconds),
        verdict=verdict(ends, wanted, 1 if claim.metric == "top1" else -1, least) if ends else "undecided",
    )
