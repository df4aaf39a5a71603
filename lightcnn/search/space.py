"""The search space: a run of params.yaml, and choices or ranges for some of its keys."""

import copy
import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import ValidationError, model_validator

from lightcnn.core.config import StrictModel
from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.params import Params, load_params

Values = dict[str, Any]
"""Dotted key of a run to its value."""

ALONE: dict[str, Any] = {"distillations": {}, "fusions": {}, "inference": [], "claims": {}, "figures": []}
"""Of params.yaml what is about other runs, or about results."""

SYNTAX = "expected choices, as in [32, 64], or a range, as in {low: 1e-3, high: 1e-1, log: true}"


class Range(StrictModel):
    """From `low` to `high`, both included; on a `log` scale equal ratios are equally likely."""

    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _has_an_inside(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"a log scale cannot reach {self.low}; give a low above 0, or leave log out")
        return self

    def of_floats(self) -> "Range":
        """The same for a key that takes any number between."""
        return Range(low=float(self.low), high=float(self.high), log=self.log)


Axis = Range | tuple[str, ...]
"""What is tried of a key: a range, or choices as JSON."""


class SearchedRun(NamedTuple):
    """The run that is searched: params.yaml, and which training of it."""

    path: Path
    raw: dict[str, Any]
    run: str

    @classmethod
    def of(cls, path: Path, run: str) -> Self:
        """A training of params.yaml.

        Raises:
            UserError: where params.yaml is wrong, or has no such training, or it leaves no images to choose by.
        """
        trainings = load_params(path).trainings
        if run not in trainings:
            raise UserError(f"{run}: no training of {path} (there are: {', '.join(trainings)})")
        found = cls(path, read_yaml(path), run)
        found.with_values({})
        return found

    def with_values(self, values: Values) -> Params:
        """All params of this run alone, checked, with these values in it: what is built on it may ask for others.

        Raises:
            UserError: where they are refused.
        """
        raw = copy.deepcopy({**self.raw, "trainings": {self.run: self.raw["trainings"][self.run]}, **ALONE, "models": [self.run]})
        for key, value in values.items():
            *way, last = key.split(".")
            place = raw["trainings"][self.run]
            for part in way:
                place = place.setdefault(part, {})
                if not isinstance(place, dict):
                    raise UserError(f"{part} is no mapping in {self.path}; give choices of the whole of it")
            place[last] = value
        try:
            params = Params.from_plain(raw)
        except ValidationError as error:
            raise UserError(one_line(error)) from None
        if params.trainings[self.run].train_on != "train":
            raise UserError(f"{self.run}.train_on: train+valid leaves nothing to choose by; search with train_on: train")
        return params

    def command(self, values: Values) -> str:
        """The experiment of DVC that trains the run with these values."""
        changes = [change for key, value in values.items() for change in self._changes(key, value)]
        return " ".join(["dvc exp run", *(f"-S {shlex.quote(change)}" for change in changes)])

    def _changes(self, key: str, value: Any) -> list[str]:
        name, text = f"trainings.{self.run}.{key}", json.dumps(value).replace('"', "")
        old: Any = self.raw["trainings"][self.run]
        for part in key.split("."):
            if part not in old:
                return [f"+{name}={text}"]
            old = old[part]
        # DVC merges a mapping into one that is there.
        return [f"~{name}", f"+{name}={text}"] if isinstance(old, dict) and isinstance(value, dict) else [f"{name}={text}"]


def read_space(path: Path, base: SearchedRun, epochs: int = 0) -> dict[str, Axis]:
    """What a file asks to try of each key, with every choice and both ends of every range checked.

    Args:
        epochs: tried of the run's epochs, as the only choice; 0 for what the file or else the run says.

    Raises:
        UserError: where a key is unknown to the run, or a value refused.
    """
    raw = read_yaml(path)
    if not raw:
        raise UserError(f"{path}: names no key to try, such as optimizer.lr")
    raw |= {"epochs": [epochs]} if epochs else {}
    return {str(key): _axis(f"{path}: {key}", str(key), wanted, base) for key, wanted in raw.items()}


def _axis(place: str, key: str, wanted: Any, base: SearchedRun) -> Axis:
    if isinstance(wanted, list) and wanted:
        for choice in wanted:
            _checked(place, key, choice, base)
        return tuple(dict.fromkeys(map(json.dumps, wanted)))
    if not isinstance(wanted, dict):
        raise UserError(f"{place}: {wanted}: {SYNTAX}")
    try:
        reach = Range.from_plain(wanted)
    except ValidationError as error:
        raise UserError(f"{place}: {one_line(error)}; {SYNTAX}") from None
    _checked(place, key, reach.high, base)
    found = _checked(place, key, reach.low, base).trainings[base.run].to_plain()
    for part in key.split("."):
        found = found[part]
    # From 0 to 1 there is much between where a key takes any number, and nothing where it counts.
    return reach.of_floats() if isinstance(found, float) else reach


def _checked(place: str, key: str, value: Any, base: SearchedRun) -> Params:
    try:
        return base.with_values({key: value})
    except UserError as problem:
        raise UserError(f"{place}: {value}: {problem}") from None


def one_line(error: ValidationError) -> str:
    """All errors found, in one line."""
    places = [(".".join(map(str, problem["loc"])), problem["msg"].removeprefix("Value error, ")) for problem in error.errors()]
    return "; ".join(": ".join(filter(None, place)) for place in places)
