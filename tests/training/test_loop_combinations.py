"""Techniques of the view and of the loss in one training: they go together, resume to the bit, and are nothing where they are off."""

import copy
from typing import Any

import pytest
import torch
from torch import nn

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.training.loop import Selected, fit
from tests.helpers import DATA, Setup, setup_of

TECHNIQUES: dict[str, Any] = {
    "mix": [{"name": "mixup", "stop_fraction": 0.8}, {"name": "cutmix"}],
    "resize": {"name": "progressive", "full_size_fraction": 0.6},
    "loss": {"name": "label_smoothing"},
}
OFF: dict[str, Any] = {"mix": [], "resize": None, "loss": {"name": "cross_entropy"}}
PHASES = ({"epochs": 3, "schedule": {"name": "cyclic", "cycles": 3}}, {"epochs": 2, "schedule": {"name": "snapshot", "cycles": 2}})
ARCHITECTURE = {"name": "enhanced", "widths": [4, 6], "depth": 1}


def network(seed: int = 0) -> nn.Module:
    """One that takes images of any size."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return registry.from_config("architectures", ARCHITECTURE).build(Shape(1, 12, 4))


def trained(setup: Setup) -> Selected:
    return fit(setup.learner(network()), DATA, lambda _: None)


def same(one: Selected, two: Selected) -> bool:
    return one[:2] == two[:2] and all(torch.equal(one.state[key], two.state[key]) for key in one.state)


def test_together_they_train_and_learn() -> None:
    assert trained(setup_of({"epochs": 20}, **TECHNIQUES)).scores.top1 > 0.9


@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_restored_after_an_epoch_they_end_with_the_same_bytes(epoch: int) -> None:
    setup, states = setup_of(*PHASES, **TECHNIQUES, checkpoint="last"), []
    wanted = fit(setup.learner(network()), DATA, lambda learner: states.append(copy.deepcopy(learner.state())))
    restored = setup.learner(network(seed=99))
    restored.restore(states[epoch - 1])
    assert same(fit(restored, DATA, lambda _: None), wanted)


def test_switched_off_they_leave_the_bytes_of_a_run_without_them() -> None:
    assert same(trained(setup_of(*PHASES, **OFF)), trained(setup_of(*PHASES)))


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_each_of_them_changes_the_run(technique: str) -> None:
    assert not same(trained(setup_of(*PHASES, **{technique: TECHNIQUES[technique]})), trained(setup_of(*PHASES)))
