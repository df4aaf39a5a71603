"""Progressive unfreezing: what is frozen keeps every bit, what is opened learns."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.models.groups import freeze_all_but, group_names, groups_of
from lightcnn.training.loop import fit
from tests.helpers import DATA, Setup, setup_of, shaken

ENHANCED = {"name": "enhanced", "widths": [4, 6], "depth": 1, "attention": None}
ORDER = ("fusion", "head", "section2", "section1", "stem")


def fused_of(model: dict[str, Any] = ENHANCED) -> nn.Module:
    first, second = (shaken(registry.from_config("architectures", model).build(Shape(1, 12, 4)), seed) for seed in (1, 2))
    return registry.from_config("fusions", {"name": "concat_mlp", "hidden": 8}).build(first, second, 4)


def opening(names: tuple[tuple[str, ...], ...], **phase: Any) -> Setup:
    """A setup that opens groups phase by phase, as the stage does."""

    def open_groups(model: nn.Module, number: int) -> None:
        freeze_all_but(model, {group for opened in names[: number + 1] for group in opened})

    setup = setup_of(*({"unfreeze": list(groups), **phase} for groups in names), averaging={"name": "ema", "decay": 0.8}, checkpoint="last")
    return setup._replace(open_groups=open_groups)


def state_of(fused: nn.Module) -> dict[str, dict[str, Tensor]]:
    """Weights and statistics, group by group."""
    return {
        name: {f"{place}.{key}": value.clone() for place, module in enumerate(modules) for key, value in module.state_dict().items()}
        for name, modules in groups_of(fused).items()
    }


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ({"name": "paper"}, ("fusion", "head", "conv2", "conv1")),
        (ENHANCED, ORDER),
        ({"name": "dense128"}, ("fusion", "head", "dense", "conv2", "conv1")),
    ],
)
def test_groups_are_named_from_the_new_head_backwards(model: dict[str, Any], names: tuple[str, ...]) -> None:
    assert group_names(registry.from_config("architectures", model)) == list(names)
    assert list(groups_of(fused_of({**model, "widths": [4, 6]} if model is ENHANCED else model))) == list(names)


def test_every_weight_is_in_exactly_one_group() -> None:
    fused = fused_of()
    grouped = [id(weight) for modules in groups_of(fused).values() for module in modules for weight in module.parameters()]
    assert sorted(grouped) == sorted(map(id, fused.parameters()))


@pytest.mark.parametrize("opened", range(1, len(ORDER) + 1))
def test_frozen_groups_keep_weights_and_statistics_and_opened_ones_learn(opened: int) -> None:
    fused = fused_of()
    before = state_of(fused)
    fit(opening((ORDER[:opened],), epochs=2).learner(fused), DATA, lambda _: None)
    after = state_of(fused)
    for name in ORDER[opened:]:
        assert all(torch.equal(after[name][key], before[name][key]) for key in before[name]), name
    for name in ORDER[:opened]:
        assert not any(torch.equal(after[name][key], before[name][key]) for key in before[name]), name


def test_groups_open_one_after_another_and_stay_open() -> None:
    fused = fused_of()
    states = [state_of(fused)]
    setup = opening(tuple((name,) for name in ORDER))
    fit(setup.learner(fused), DATA, lambda learner: states.append(state_of(learner.average.model)))
    for phase, (before, after) in enumerate(pairwise(states)):
        changed = {name for name in ORDER if any(not torch.equal(before[name][key], after[name][key]) for key in before[name])}
        assert changed == set(ORDER[: phase + 1])


def test_only_what_is_open_is_in_training_mode_and_in_the_optimizer() -> None:
    learner = opening((("fusion", "head"),)).learner(fused_of())
    groups = groups_of(learner.model)
    open_weights = {id(weight) for name in ("fusion", "head") for module in groups[name] for weight in module.parameters()}
    assert {id(weight) for group in learner.optimizer.param_groups for weight in group["params"]} == open_weights
    training = {name for name, modules in groups.items() if any(part.training for module in modules for part in module.modules())}
    assert training == {"fusion", "head"}
