"""Settings of the stage claims: what a run is said to have over its control."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from lightcnn.artifacts.claims import Unit
from lightcnn.core.config import Fraction, Name, StrictModel
from lightcnn.evaluation.intervals import Interval
from lightcnn.reporting.results import ReportScope

METRIC = Literal["top1", "nll", "ece", "epochs", "latency", "parameters", "macs", "seconds"]
BY_SEED = {"top1": 0.005, "nll": 0.01, "ece": 0.005, "epochs": 1.0}
"""Metrics that every seed has of its own, and the least difference that counts."""
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
