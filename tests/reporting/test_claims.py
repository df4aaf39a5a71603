"""Claims: each rule of the verdict by hand, and what is judged against scipy."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import binomtest, t

from lightcnn.artifacts.claims import FoundClaim
from lightcnn.evaluation.intervals import Interval
from lightcnn.reporting.claim_settings import Claim, ClaimsSettings
from lightcnn.reporting.claims import judged, verdict
from lightcnn.reporting.results import Results
from tests import synthetic

CLAIM = {"run": "enhanced", "control": "baseline", "metric": "top1"}
SECONDS = {name: 100.0 * (1 + place) for place, name in enumerate(synthetic.MODELS)}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return synthetic.results(synthetic.write(tmp_path_factory.mktemp("claims")))


def _claim(changes: dict[str, Any]) -> dict[str, Any]:
    without = {"control"} if "published" in changes else set()
    return {key: value for key, value in {**CLAIM, **changes}.items() if key not in without}


def found(results: Results, seeds: int = 3, **claims: dict[str, Any]) -> dict[str, FoundClaim]:
    settings = synthetic.settings(seeds=seeds, claims={name: _claim(claim) for name, claim in claims.items()})
    return judged(ClaimsSettings.from_plain(settings), results, SECONDS).claims


@pytest.mark.parametrize(
    ("interval", "claimed", "said"),
    [
        # A gain of 3.0 points, give or take 0.5, of which 5 to 8 were claimed: it ends at 3.5, short of 5.
        ((0.025, 0.035), (0.05, 0.08), "smaller"),
        ((0.025, 0.035), (0.03, 0.04), "holds"),
        ((0.025, 0.035), (0.01, 0.02), "holds"),
        ((0.025, 0.035), None, "holds"),
        # Give or take 4: from -1 to 7 points, so that nothing is excluded.
        ((-0.01, 0.07), (0.05, 0.08), "undecided"),
        ((-0.01, 0.07), None, "undecided"),
        # From -1 to 3: perhaps nothing, certainly not 5.
        ((-0.01, 0.03), (0.05, 0.08), "smaller"),
        # Within half a point of nothing, on both sides.
        ((-0.004, 0.003), (0.05, 0.08), "no effect"),
        ((-0.004, 0.003), None, "no effect"),
        ((-0.004, 0.006), None, "undecided"),
        ((-0.03, -0.01), (0.05, 0.08), "opposite"),
        # A loss was claimed, and there is one, of 2 points instead of 1.
        ((-0.03, -0.01), (-0.02, -0.01), "holds"),
    ],
)
def test_the_verdict_by_hand(interval: tuple[float, float], claimed: tuple[float, float] | None, said: str) -> None:
    assert verdict(Interval(*interval), claimed and Interval(*claimed), 1, 0.005) == said


def test_where_less_is_better_less_is_ahead() -> None:
    assert verdict(Interval(-0.03, -0.01), None, -1, 0.005) == "holds"
    assert verdict(Interval(0.01, 0.03), None, -1, 0.005) == "opposite"


def hits(results: Results, name: str) -> np.ndarray:
    model = results.models[name]
    return (model.predictions == model.labels).mean(axis=1)


def test_three_seeds_are_paired_and_judged_by_the_deviation_of_all_claims(results: Results) -> None:
    one, other = found(results, one={}, other={"run": "enhanced-raw", "control": "baseline-raw"}).values()
    own = hits(results, "enhanced") - hits(results, "baseline")
    others = hits(results, "enhanced-raw") - hits(results, "baseline-raw")
    std = ((own.var(ddof=1) + others.var(ddof=1)) / 2) ** 0.5
    assert (one.n, one.unit, sorted([one.level, other.level])) == (3, "difference", [0.025, 0.05])
    half = t.ppf(1 - one.level / 2, 4) * std / 3**0.5
    assert one.measured == pytest.approx(own.mean())
    assert (one.interval.low, one.interval.high) == pytest.approx((own.mean() - half, own.mean() + half))
    assert (one.verdict, other.verdict) == ("holds", "holds")


def test_a_comparison_that_two_claims_are_about_counts_once_in_the_deviation(results: Results) -> None:
    (alone,) = found(results, one={}).values()
    twice = found(results, one={}, again={"difference": [50, 60], "source": "x"})["one"]
    half = (alone.interval.high - alone.measured) / t.ppf(0.975, 2)
    assert twice.interval.high - twice.measured == pytest.approx(half * t.ppf(1 - twice.level / 2, 2))


def test_a_factor_is_judged_by_the_logarithms(results: Results) -> None:
    (one,) = found(results, one={"metric": "nll", "factor": [0.1, 0.2], "source": "somebody"}).values()
    logs = np.log(results.models["enhanced"].nll) - np.log(results.models["baseline"].nll)
    half = t.ppf(0.975, 2) * logs.std(ddof=1) / 3**0.5
    assert one.measured == pytest.approx(np.exp(logs.mean()))
    assert (one.interval.low, one.interval.high) == pytest.approx(tuple(np.exp([logs.mean() - half, logs.mean() + half])))


def test_what_a_network_costs_is_counted_and_its_times_are_within_a_tenth(results: Results) -> None:
    said = found(results, parameters={"metric": "parameters"}, latency={"metric": "latency"}, seconds={"metric": "seconds"}, top1={})
    models = results.models
    factor = models["enhanced"].cost.parameters / models["baseline"].cost.parameters
    assert said["parameters"].measured == pytest.approx(factor)
    assert (said["parameters"].interval.low, said["parameters"].interval.high) == pytest.approx((factor, factor))
    assert (said["parameters"].n, said["parameters"].level, said["parameters"].verdict) == (None, None, "opposite")
    speed = models["enhanced"].speed.batch_1.p50_ms / models["baseline"].speed.batch_1.p50_ms
    assert (said["latency"].interval.low, said["latency"].interval.high) == pytest.approx((speed / 1.1, speed * 1.1))
    assert said["seconds"].measured == pytest.approx(6 / 5)
    assert said["top1"].cost == pytest.approx({"parameters": factor, "latency": speed, "seconds": 6 / 5})
    assert said["top1"].level == 0.05


def test_epochs_are_counted_to_the_first_that_reaches_the_level(results: Results) -> None:
    said = found(results, near={"metric": "epochs", "level": 0.6}, far={"metric": "epochs", "level": 0.99})
    first = [
        [next(place for place, top1 in enumerate(curve.valid_top1, 1) if top1 >= 0.6) for curve in results.fusions[run]]
        for run in ("enhanced", "baseline")
    ]
    assert said["near"].measured == pytest.approx(np.mean(np.subtract(*first)))
    assert (said["far"].measured, said["far"].n, said["far"].verdict) == (None, 0, "undecided")


def test_a_single_seed_is_a_matter_of_the_images_that_both_saw(tmp_path_factory: pytest.TempPathFactory) -> None:
    single = synthetic.results(synthetic.write(tmp_path_factory.mktemp("single"), seeds=1))
    said = found(single, 1, top1={}, nll={"metric": "nll"})
    assert said["top1"].n == 1
    first, second = (single.models[name].predictions[0] == single.models[name].labels for name in ("enhanced", "baseline"))
    assert said["top1"].measured == pytest.approx(first.mean() - second.mean())
    assert said["top1"].interval.low < said["top1"].measured < said["top1"].interval.high
    assert (said["nll"].interval, said["nll"].verdict) == (None, "undecided")


def test_a_published_score_is_compared_with_the_seeds_of_the_run_alone(results: Results) -> None:
    score = hits(results, "enhanced")
    claims = {name: {"published": value, "source": "x"} for name, value in {"below": 0.5, "same": score.mean(), "above": 0.95}.items()}
    said = found(results, **claims, paired={"run": "enhanced-raw", "control": "baseline-raw"})
    half = t.ppf(1 - said["below"].level / 2, 2) * score.std(ddof=1) / 3**0.5
    assert said["below"].interval.low == pytest.approx(score.mean() - 0.5 - half)
    assert (said["below"].verdict, said["above"].verdict, said["same"].measured) == ("holds", "opposite", pytest.approx(0))
    assert (said["below"].n, said["below"].control, said["below"].published, said["below"].cost) == (3, None, 0.5, {})
    own = hits(results, "enhanced-raw") - hits(results, "baseline-raw")
    assert said["paired"].interval.high - said["paired"].measured == pytest.approx(
        t.ppf(1 - said["paired"].level / 2, 2) * own.std(ddof=1) / 3**0.5
    )


def test_a_single_seed_beside_a_published_score_is_a_matter_of_the_images(tmp_path_factory: pytest.TempPathFactory) -> None:
    single = synthetic.results(synthetic.write(tmp_path_factory.mktemp("published"), seeds=1))
    (said,) = found(single, 1, one={"published": 0.8, "source": "x"}).values()
    right = single.models["enhanced"].predictions[0] == single.models["enhanced"].labels
    wilson = binomtest(int(right.sum()), right.size).proportion_ci(0.95, "wilson")
    assert (said.interval.low, said.interval.high) == pytest.approx((wilson.low - 0.8, wilson.high - 0.8))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"control": "enhanced"}, "run and control are both enhanced; name another control"),
        ({"metric": "accuracy"}, "'top1', 'nll', 'ece', 'epochs', 'latency', 'parameters', 'macs' or 'seconds'"),
        ({"difference": [1, 2]}, "give both difference, factor or published and source, or neither"),
        ({"source": "somebody"}, "give both difference, factor or published and source, or neither"),
        ({"difference": [1, 2], "factor": [2, 3], "source": "x"}, "leave one out"),
        ({"difference": [-1, 2], "source": "x"}, "[-1.0, 2.0] is no range, from low to high, on one side of 0"),
        ({"difference": [2, 1], "source": "x"}, "[2.0, 1.0] is no range"),
        ({"factor": [0.5, 2], "source": "x"}, "on one side of 1"),
        ({"factor": [-1, 0.5], "source": "x"}, "factors are above 0"),
        ({"metric": "latency", "difference": [1, 2], "source": "x"}, "latency is compared by factor"),
        ({"metric": "epochs"}, "give a level with the metric epochs, and with no other"),
        ({"level": 0.5}, "give a level with the metric epochs, and with no other"),
        ({"control": None}, "a control or with a published score; give one of the two"),
        ({"published": 0.9, "source": "x"}, "a control or with a published score; give one of the two"),
        ({"control": None, "published": 0.9}, "give both difference, factor or published and source, or neither"),
        ({"control": None, "published": 0.9, "source": "x", "metric": "nll"}, "a published score is one of top1"),
        ({"control": None, "published": 0.9, "source": "x", "difference": [1, 2]}, "leave difference and factor out"),
    ],
)
def test_what_is_no_claim_is_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Claim.from_plain({**CLAIM, **changes})
    (problem,) = caught.value.errors()
    assert text in problem["msg"]
