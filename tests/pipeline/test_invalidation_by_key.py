"""Whose plans a key alters: every leaf of params.yaml, and every default that it leaves out, against a table written by hand."""

import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args

import pytest
from torch import nn

from lightcnn.core import registry
from lightcnn.core.config import StrictModel
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.plan import plan_files
from tests.helpers import edited
from tests.pipeline.affected import BEFORE, FILES, OWN, PARAMS, assert_altered, fits, reach_of

RECIPE = "(augment|augment.#.(name|padding|flip|rotation|zoom|translation|fill)|mix|resize|regularize|precision|loss.name|averaging|averaging.(name|decay)|batch_size|checkpoint|snapshots)"
STOPPING = "early_stopping(|.patience|.min_delta|.start_epoch)"
PHASE = "(epochs|optimizer.(name|lr|weight_decay|beta1|beta2|momentum|nesterov)|schedule.(name|pct_start|div_factor|final_div_factor|warmup_fraction|min_lr_factor))"
REACH = {
    "runtime.(device|workers|threads|compile|progress)": "",
    "note": "figures",
    "budget": "figures claims",
    "data.dataset.name": "fetch prepare figures claims",
    "data.(image_size|valid_size|split_seed)": "prepare",
    f"trainings.RUN.({RECIPE}|{STOPPING}|{PHASE})": "train/RUN",
    # What both branches must have alike is changed in both. The options of a network reach what comes after training by its weights.
    "trainings.PAIR-VIEW.seeds.#": "train/PAIR-raw train/PAIR-augmented claims figures",
    "trainings.PAIR-VIEW.architecture.(channels.#|stem_stride|widths.#|depth|residual|attention.hidden)": "train/PAIR-raw train/PAIR-augmented",
    "trainings.PAIR-VIEW.architecture.(|conv.|attention.|head.)name": "*/PAIR */PAIR-raw */PAIR-augmented",
    "trainings.(?P<BRANCH>PAIR-VIEW).train_on": "train/BRANCH fuse/PAIR",
    "fusions.RUN.train_on": "fuse/RUN",
    "distillations.RUN.train_on": "distill/RUN",
    f"fusions.RUN.({RECIPE}|{STOPPING}|phases.[a-z0-9]+.({PHASE}|unfreeze.#)|fusion.(hidden|dropout))": "fuse/RUN",
    "fusions.RUN.fusion.name": "fuse/RUN export/RUN evaluate/RUN",
    "fusions.RUN.branches.#": "fuse/RUN claims figures",
    "distillations.RUN.seeds.#": "distill/RUN claims figures",
    f"distillations.RUN.({RECIPE}|{STOPPING}|{PHASE}|architecture.(name|channels.#)|teacher|distill.(name|temperature|weight))": "distill/RUN",
    "distillations": "distill/student claims figures",
    "inference": "evaluate/*",
    "models.#": "latency claims figures",
    "latency.(warmup|calls)": "latency",
    "claims.RUN.(run|control|metric|difference|factor|published|source|level)": "claims",
    "figures.#.(name|baseline|published)": "figures",
}
STUDENT = {**OWN["trainings"]["baseline-raw"], "teacher": "enhanced"}
OTHER = {
    "device": "cpu",
    "compile": "on",
    "workers": 3,
    "threads": 3,
    "progress": "bar",
    "note": "another",
    "image_size": 28,
    "augment": [{"name": "invented"}],
    "mix": [{"name": "invented"}],
    "resize": {"name": "invented"},
    "regularize": [{"name": "invented"}],
    "precision": {"name": "invented"},
    "averaging": {"name": "invented"},
    "fill": "border",
    "inference": [{"name": "invented"}],
    "distillations": {"student": STUDENT},
    "teacher": "baseline",
    "early_stopping": {},
    "checkpoint": "last",
    "train_on": "train+valid",
    "baseline": "enhanced",
    "seeds": 999,
}
"""Another valid value, where there is no rule for it."""
SAID = {"difference": [1, 2], "source": "somebody"}
CLAIMED: dict[str, dict[str, Any]] = {
    **{
        "run": {"run": "paper-augmented"},
        "control": {"control": "baseline-raw"},
        "metric": {"metric": "nll"},
        "difference": SAID,
        "source": SAID,
        "published": {"run": "paper-augmented", "metric": "top1", "control": None, "published": 0.5, "source": "somebody"},
    },
    **{"factor": {"factor": [2, 3], "source": "somebody"}, "level": {"metric": "epochs", "level": 0.5}},
}
"""What makes another claim of one, by the key that is changed."""
FAMILIES = {path.rsplit("/", 1)[0] for path in FILES if path.count("/") == 3}
SOURCES = {**FILES, **{f"{family}/invented.py": b"" for family in FAMILIES}}


class Invented(StrictModel):
    """Settings of a component that every family has in here, since some have no second one of their own."""


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    component, available = ModuleType("invented"), registry.available
    vars(component).update(Config=Invented, build=lambda *_: nn.Linear(1, 1))
    monkeypatch.setattr(registry, "available", lambda family: [*available(family), "invented"])
    for family in FAMILIES:
        monkeypatch.setitem(sys.modules, f"{family.replace('/', '.')}.invented", component)


def planned(params: Any) -> dict[str, Any]:
    return plan_files(Params.from_plain(params), SOURCES)


def leaves(tree: Any, path: str = "") -> Iterator[str]:
    """The dotted paths of all that holds nothing further."""
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ())
    if not items:
        yield path
    for key, value in items:
        yield from leaves(value, f"{path}.{key}" if path else str(key))


def stopping(tree: Any) -> Any:
    """The same with early stopping in every run, so that its options stand there."""
    for run in [f"{runs}.{run}" for runs in ("trainings", "distillations", "fusions") for run in tree.get(runs, ())]:
        tree = edited(tree, f"{run}.early_stopping", {})
    return Params.from_plain(tree).to_plain()


FULL = PARAMS.to_plain()
"""With every default written out."""
TAUGHT = Params.from_plain({**OWN, "distillations": {"student": STUDENT}}).to_plain()
"""With a student, too."""
BASES = [(tree, planned(tree)) for tree in (stopping(TAUGHT), TAUGHT, stopping(OWN), FULL)]
LEAVES = {path: base for base in BASES for path in leaves(base[0])}
"""Each leaf, and params in which it stands, with their plans."""


def value_at(tree: Any, path: str) -> Any:
    for key in path.split("."):
        tree = tree[int(key) if key.isdigit() else key]
    return tree


def another(tree: Any, path: str) -> tuple[str, Any]:
    """Another valid value for a leaf; and its place, which is above the leaf where what stands there belongs together."""
    value, above, last = value_at(tree, path), *path.rpartition(".")[::2]
    kind = re.sub(r"(\.\d+)+$", "", path).rpartition(".")[2]
    if last == "name":
        return above, {"name": "invented"}
    if kind == "unfreeze":
        # The order is the network's own: all that a group can do is to open together with the one before.
        place = path.partition(".phases.")[0] + ".phases"
        phases = value_at(tree, place)
        first, *_ = phases.values()
        return place, {"all": {**first, "unfreeze": [group for phase in phases.values() for group in phase["unfreeze"]]}}
    if kind in ("models", "branches"):
        *most, end = value_at(tree, above)
        return above, [end, *most]
    if path.startswith("claims."):
        return above, {**value_at(tree, above), **CLAIMED[last]}
    if kind in OTHER:
        return path, OTHER[kind]
    return path, not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value / 2 + 0.03


def changed(tree: Any, path: str) -> Any:
    """The same params but for one leaf, and for what has to go along: the branches of a fusion are of one architecture, with the same seeds."""
    place, value = another(tree, path)
    found = re.fullmatch(r"(trainings\.(.+)-)(raw|augmented)(\.(architecture|seeds).*)", place)
    for where in [f"{found[1]}{view}{found[4]}" for view in ("raw", "augmented")] if found else [place]:
        assert value_at(tree, where) != value
        tree = edited(tree, where, value)
    if place.endswith(".train_on"):
        # The last weights are kept then; and what is built on such a run is such a run.
        view = re.fullmatch(r"trainings\.(.+)-(raw|augmented)\.train_on", place)
        for run in [place.removesuffix(".train_on"), *([f"fusions.{view[1]}"] if view else [])]:
            for key, forced in (("train_on", value), ("checkpoint", "last"), ("early_stopping", None)):
                tree = edited(tree, f"{run}.{key}", forced)
    if found and place.endswith(".architecture"):
        # Later phases name groups of the old network.
        phases = f"fusions.{found[2]}.phases"
        tree = edited(tree, phases, dict([next(iter(value_at(tree, phases).items()))]))
    return tree


@pytest.mark.parametrize("path", LEAVES)
def test_a_key_alters_the_plans_that_its_row_names_and_no_other(path: str) -> None:
    tree, before = LEAVES[path]
    assert_altered(before, planned(changed(tree, path)), reach_of(path, REACH))


def test_every_row_is_about_a_key() -> None:
    assert [row for row in REACH if not any(fits(row, path) for path in LEAVES)] == []


@pytest.mark.parametrize(
    ("path", "value", "plans"),
    [
        ("trainings.more", OWN["trainings"]["baseline-raw"], "train/more claims figures"),
        ("fusions.more", OWN["fusions"]["baseline"], "fuse/more claims figures"),
        ("trainings.baseline-raw.averaging", None, "train/baseline-raw"),
        (
            "models",
            [model for model in OWN["models"] if model != "paper-augmented"],
            "export/paper-augmented evaluate/paper-augmented latency claims figures",
        ),
        ("figures", [], "figures"),
    ],
)
def test_more_or_less_of_something_alters_what_has_to_do_with_it(path: str, value: Any, plans: str) -> None:
    assert_altered(BEFORE, planned(edited(OWN, path, value)), plans)


def test_a_default_written_out_alters_nothing() -> None:
    assert planned(FULL) == BEFORE


def parts(annotation: Any) -> set[type[StrictModel]]:
    """The settings that a type holds, at any depth."""
    here = {annotation} if isinstance(annotation, type) and issubclass(annotation, StrictModel) else set()
    inner = [field.annotation for part in here for field in part.model_fields.values()]
    return here.union(*map(parts, [*inner, *get_args(annotation)]))


def test_every_option_stands_among_the_leaves() -> None:
    keys = {key for path in LEAVES for key in path.split(".")}
    in_use = {type(component.config) for component in registry.components_in(PARAMS)}
    assert {option for part in parts(Params) | in_use for option in part.model_fields} <= keys
