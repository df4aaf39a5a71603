"""Thirty techniques together: every pair that may stand in one run is trained in one, and every other pair is refused with a reason."""

import contextlib
import math
import re
from itertools import combinations
from pathlib import Path

import pytest

from benchmarks.smoke import carried_out
from lightcnn.artifacts.prepared import Arrays
from lightcnn.core import registry
from lightcnn.core.registry import components_in
from lightcnn.core.tables import read_table
from lightcnn.models.trained import read_run
from lightcnn.pipeline.subset import only
from lightcnn.techniques.catalog import listed
from lightcnn.techniques.combine import PHASE, PLAIN, Lines, joined, refusal, switched_on
from lightcnn.training.recipe import Recipe
from stages.evaluate import inferred
from tests.helpers import DATA, ROOT, edited

TECHNIQUES = listed()
LINES: dict[str, Lines] = {component: technique.lines for component, technique in TECHNIQUES.items()}
LINES["precision.bf16"] = {"precision": {"name": "bf16", "device": "any"}}  # what its card says to try is nothing on a CPU
LISTS = ("augment", "mix", "regularize", "inference")
WRAPPERS = ("optim.lookahead", "optim.sam")
PAIRS = list(combinations(LINES, 2))
TRAINED = [component for component in LINES if not component.startswith("inference.")]
KNOWN: dict[str, bytes] = {}
SHORT = edited(PLAIN, "trainings.one.batch_size", 16)


def allowed(one: str, other: str) -> bool:
    """By the rules of the house, written down by hand: a run has one component of a family, but where it takes a list or one wraps another."""
    family = one.partition(".")[0]
    rivals = family == other.partition(".")[0] and family not in LISTS and not {one, other} & set(WRAPPERS)
    return not rivals and other not in conflicts(one) and one not in conflicts(other)


def conflicts(component: str) -> dict[str, str]:
    return getattr(registry.load(*component.split(".")), "CONFLICTS", {})


def covering() -> list[list[str]]:
    """Sets of techniques that go together, each filled up greedily, until every allowed pair is within one of them."""
    left = {pair for pair in PAIRS if allowed(*pair)} | {(other, one) for one, other in PAIRS if allowed(one, other)}
    sets: list[list[str]] = []
    while left:
        chosen: list[str] = []
        while free := [component for component in LINES if component not in chosen and all(allowed(component, other) for other in chosen)]:
            chosen.append(max(free, key=lambda component: sum((component, other) in left for other in chosen or LINES)))
        left -= {(one, other) for one in chosen for other in chosen}
        sets.append(chosen)
    return sets


ARRAY = covering()
SETS = [pytest.param(each, id=f"{place} of {len(ARRAY)}") for place, each in enumerate(ARRAY, 1)]


def test_every_allowed_pair_occurs_in_a_set_and_no_other() -> None:
    occurring = {frozenset(pair) for each in ARRAY for pair in combinations(each, 2)}
    assert occurring == {frozenset(pair) for pair in PAIRS if allowed(*pair)}
    assert {component for each in ARRAY for component in each} == set(LINES)


@pytest.mark.parametrize("component", LINES)
def test_plan_takes_the_allowed_pairs_and_refuses_the_others_with_their_reason(component: str) -> None:
    for other in LINES.keys() - {component}:
        reason = refusal(joined(LINES[component], LINES[other]))
        assert (reason is None) == allowed(component, other), (component, other, reason)
        assert reason is None or "expected a mapping with a 'name'" in reason or "does not go with" in reason


def test_nine_of_ten_pairs_across_families_go_together_and_the_page_says_how_many() -> None:
    across = [pair for pair in PAIRS if not set.intersection(*({name[0] for name in TECHNIQUES[component].ids} for component in pair))]
    together = [pair for pair in across if allowed(*pair)]
    assert len(together) >= 0.9 * len(across)
    page = (ROOT / "docs/techniques.md").read_text("utf-8")
    assert f"{len(together)} of {len(across)} pairs" in page
    assert len(re.findall(r"^- \S+ \([A-F].* with ", page, re.MULTILINE)) == len(across) - len(together)


def stage_2(lines: Lines) -> Lines:
    """A fusion that is itself trained with all that a fusion can have of these lines."""
    own = {key: value for key, value in lines.items() if key in Recipe.model_fields}
    moves = {key: lines[key] for key in ("optimizer", "schedule") if key in lines}
    groups = ("fusion", "head", "section2", "section1", "stem")
    return {
        **PLAIN["fusions"]["pair"],
        **own,
        "batch_size": 16,
        "phases": {group: {**PHASE, **moves, "unfreeze": [group]} for group in groups},
    }


@pytest.mark.parametrize("techniques", SETS)
def test_a_run_and_a_fusion_with_all_of_a_set_train_and_are_evaluated(techniques: list[str], prepared: Path) -> None:
    lines = joined(*(LINES[component] for component in techniques))
    params = switched_on(SHORT, "one", lines)
    params["fusions"]["joint"] = stage_2(lines)
    checked = carried_out(params, prepared)
    assert set(techniques) <= {f"{component.family}.{component.name}" for component in components_in(checked)}
    valid, apart = (Arrays(*(part.numpy() for part in split)) for split in (DATA.valid, DATA.train))
    for model in ("one", "pair", "joint"):
        trained = read_run(Path("runs", model))
        losses = [float(row["train_loss"]) for row in read_table(Path("curves", model, "0.tsv"))]
        assert all(map(math.isfinite, (*losses, trained.info.valid["0"].nll)))
        for component in checked.inference:
            assert math.isfinite(inferred(component, trained, valid, apart)["nll"]["mean"])


@pytest.mark.slow
@pytest.mark.parametrize("component", TRAINED)
def test_beside_any_other_technique_it_still_makes_a_difference(component: str, prepared: Path) -> None:
    for other in TRAINED:
        together = joined(*(LINES[each] for each in sorted({component, other})))
        if other != component and allowed(component, other) and together != LINES[other]:
            assert weights(together, prepared) != weights(LINES[other], prepared), other


def weights(lines: Lines, prepared: Path) -> bytes:
    """What a run with these lines ends with; a second call remembers it."""
    model = "pair" if "fusion" in lines else "one"
    params = {**only(switched_on(SHORT, "one", lines), model), "models": [model]}
    if repr(params) not in KNOWN:
        folder = prepared.parent / str(len(KNOWN))
        folder.mkdir()
        with contextlib.chdir(folder):
            carried_out(params, prepared)
        KNOWN[repr(params)] = (folder / "runs" / params["models"][0] / "weights.safetensors").read_bytes()
    return KNOWN[repr(params)]
