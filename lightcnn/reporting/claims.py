"""Judge claims: what the results say of each, and how sure that is."""

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple

import numpy as np

from lightcnn.artifacts.claims import Claims, FoundClaim, Range, Verdict
from lightcnn.evaluation.intervals import Interval
from lightcnn.evaluation.paired import ImagePairs, OneNetwork, SeedPairs, holm, pooled
from lightcnn.reporting.claim_settings import BY_SEED, Claim, ClaimsSettings
from lightcnn.reporting.results import Model, Results

LEAST_FACTOR = 1.05
TIMING = 1.1
"""The factor within which two timings of the same thing may lie, also on a machine with other work."""


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
    images that both were asked about. A published score has no seeds: the deviation is that of the run's own. Levels are corrected for the
    number of these claims (Holm).

    Args:
        settings: the claims, and whose results there are.
        results: of these runs.
        seconds: of training, by run, what a run is built on included.
    """
    pairs = {name: _pairs(claim, results, settings.seeds) for name, claim in settings.claims.items() if claim.metric in BY_SEED}
    tests: dict[str, SeedPairs | ImagePairs | OneNetwork] = {}
    for name, own in pairs.items():
        claim = settings.claims[name]
        alike = {other.sides: pairs[key] for key, other in settings.claims.items() if key in pairs and _is_alike(claim, other)}
        common = pooled([*alike.values()])
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
    return (one.metric, one.unit, one.level, one.published is None) == (other.metric, other.unit, other.level, other.published is None)


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
