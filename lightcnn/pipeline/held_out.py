"""Checks for runs that also train on the validation images, and the source of their temperature."""

from collections.abc import Iterator, Mapping
from typing import Any

from lightcnn.core.registry import Component, traits
from lightcnn.training.recipe import Distillation, Fusion, Recipe

FREE = {"train_on", "checkpoint", "early_stopping", "seeds"}
"""In what siblings may differ: what `train_on: train+valid` forces upon a run, and how often it was repeated."""

Place = tuple[str, ...]


def is_fitted_on_valid(component: Component[Any]) -> bool:
    """Whether a way to predict has numbers that are fitted on the validation images."""
    return "fitted_on_valid" in traits(component.family, component.name)


def recipe_problems(runs: Mapping[str, Recipe]) -> Iterator[tuple[str, Place, str]]:
    """What keeps a run from being trained as its `train_on` says: the run, the key to change below it, and why."""
    for name, run in runs.items():
        if run.train_on == "train":
            over = [other for other in _built_on(run) if other in runs and runs[other].train_on != "train"]
            yield from (
                (name, ("train_on",), f"{other} was trained on the validation images; write train_on: train+valid") for other in over
            )
            continue
        if run.checkpoint == "best":
            yield name, ("checkpoint",), "'best' is chosen on images that train_on: train+valid trains on; write checkpoint: last"
        if run.early_stopping:
            yield name, ("early_stopping",), "watches images that train_on: train+valid trains on; write early_stopping: null"


def siblings(runs: Mapping[str, Recipe], models: tuple[str, ...]) -> dict[str, str]:
    """Of each model that is trained on the validation images the first model that is the same run without them, if there is one."""
    finished = [name for name in models if runs[name].train_on != "train"]
    others = [name for name in models if runs[name].train_on == "train"]
    pairs = {name: next((other for other in others if _are_siblings(runs, name, other)), None) for name in finished}
    return {name: sibling for name, sibling in pairs.items() if sibling}


def _are_siblings(runs: Mapping[str, Recipe], one: str, other: str) -> bool:
    """Whether two runs are the same but for FREE keys, and so are those that they are built on."""
    if one == other:
        return True
    first, second = runs[one], runs[other]
    settings = [
        {key: getattr(run, key) for key in type(run).model_fields if key not in {*FREE, "branches", "teacher"}} for run in (first, second)
    ]
    built = zip(_built_on(first), _built_on(second), strict=False)
    return type(first) is type(second) and settings[0] == settings[1] and all(_are_siblings(runs, *pair) for pair in built)


def _built_on(run: Recipe) -> tuple[str, ...]:
    if isinstance(run, Distillation):
        return (run.teacher,)
    return run.branches if isinstance(run, Fusion) else ()


def inference_problems(component: Component[Any], runs: Mapping[str, Recipe], models: tuple[str, ...]) -> Iterator[str]:
    """Why a way to predict cannot be had of all models."""
    if not is_fitted_on_valid(component):
        return
    known = siblings(runs, models) if component.name == "temperature" else {}
    for name in models:
        if runs[name].train_on != "train" and name not in known:
            way = " or list among models the same run with train_on: train, whose temperature it takes" * (component.name == "temperature")
            yield f"{component.name} is fitted on validation images, which {name} was trained on; take either out of its list{way}"
