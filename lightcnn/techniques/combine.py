"""Combine several techniques in one params.yaml."""

import copy
from typing import Any

from pydantic import ValidationError

from lightcnn.pipeline.params import Params
from lightcnn.training.recipe import Distillation, Fusion

Lines = dict[str, Any]
"""Keys of params.yaml, as they stand in a run, a fusion, or outside of both; and their values."""

BRANCH: Lines = {
    "architecture": {
        "name": "enhanced",
        "widths": [4, 6],
        "depth": 1,
        "residual": False,
        "conv": {"name": "standard"},
        "attention": None,
        "head": {"name": "flatten"},
    },
    "augment": [],
    "batch_size": 64,
    "epochs": 2,
    "optimizer": {"name": "sgd", "lr": 0.02},
    "schedule": {"name": "constant"},
    "seeds": [0],
}
PHASE = {"unfreeze": ["fusion", "head"], "epochs": 1, "optimizer": {"name": "sgd", "lr": 0.02}, "schedule": {"name": "constant"}}
PLAIN: Lines = {
    "data": {"dataset": {"name": "digits"}, "image_size": 16, "valid_size": 200},
    "trainings": {"one": BRANCH, "other": copy.deepcopy(BRANCH)},
    "distillations": {},
    "fusions": {
        "pair": {"branches": ["one", "other"], "fusion": {"name": "concat_mlp"}, "augment": [], "batch_size": 64, "phases": {"all": PHASE}}
    },
    "models": ["one", "pair"],
    "inference": [],
}
"""A params.yaml in miniature without any technique; tests and `benchmarks.smoke` switch them on in its run `one`."""


def joined(*techniques: Lines) -> Lines:
    """The lines of a run that has all of them. Where one component is wanted and there are two, both stand, and `plan` refuses them."""
    found: Lines = {}
    for lines in techniques:
        for key, value in lines.items():
            found[key] = _both(found[key], value) if key in found else value
    return found


def switched_on(params: Lines, run: str, lines: Lines) -> Lines:
    """A copy of params.yaml in which `lines` hold in the training `run`, or where else their keys belong.

    That is in its fusions (whose other branch takes the same architecture), or outside of the runs. With `distill` the run becomes a
    distillation; its teacher is the first of the other trainings.
    """
    found = copy.deepcopy(params)
    training, fusions = found["trainings"][run], [fusion for fusion in found["fusions"].values() if run in fusion["branches"]]
    for key, value in lines.items():
        places = [training] if key in Distillation.model_fields else fusions if key in Fusion.model_fields else [found]
        if key == "architecture":
            places = [found["trainings"][name] for name in {run, *(name for fusion in fusions for name in fusion["branches"])}]
        for place in places:
            place[key] = _over(place.get(key), value)
    if "distill" in lines:
        teacher = next(name for name in found["trainings"] if name != run)
        found["distillations"] = {**found["distillations"], run: {**found["trainings"].pop(run), "teacher": teacher}}
    return found


def refusal(lines: Lines) -> str | None:
    """Why `plan` refuses a run with these lines, None where it takes it."""
    try:
        Params.from_plain(switched_on(PLAIN, "one", lines))
    except ValidationError as error:
        return "; ".join(dict.fromkeys(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors()))
    return None


def _both(one: Any, other: Any) -> Any:
    """Two values of one key as one."""
    if one == other:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        if one["name"] == other["name"]:
            return joined(one, other)
        if "base_optimizer" in one or "base_optimizer" in other:
            return _wrapped(*((one, other) if "base_optimizer" in one else (other, one)))
    return [*_listed(one), *_listed(other)]


def _wrapped(outer: Lines, inner: Lines) -> Lines:
    """An optimizer within another that has a base; the innermost is one that has none."""
    base = outer["base_optimizer"]
    if "base_optimizer" in inner:
        return {**outer, "base_optimizer": {**inner, "base_optimizer": base}}
    return {**outer, "base_optimizer": _wrapped(base, inner) if "base_optimizer" in base else inner}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _over(old: Any, new: Any) -> Any:
    """A value instead of another, of which stays what it does not mention where both are the same component."""
    if isinstance(old, dict) and isinstance(new, dict) and "name" in new and old.get("name") == new["name"]:
        return {**old, **{key: _over(old.get(key), value) for key, value in new.items()}}
    return new
