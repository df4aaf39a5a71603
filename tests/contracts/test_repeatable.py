"""Every component that takes part in training: twice the same bytes, and the same again after a kill."""

from pathlib import Path
from typing import Any

import pytest
import torch

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.training.checkpoints import Checkpoints
from lightcnn.training.loop import Learner, State, fit
from tests.contracts.test_components import FAMILIES
from tests.helpers import DATA, setup_of

LISTS, SINGLE, OF_A_PHASE = ("augment", "mix", "regularize"), ("resize", "averaging", "precision"), ("optim", "schedules")
KEYS = {"losses": "loss", "optim": "optimizer", "schedules": "schedule", "convs": "conv", "heads": "head"}
PARTS = ("convs", "attention", "heads")
OTHERS = ("models", "fusions", "distill", "inference", "data", "figures")
"""Architectures, and students, are trained by the tests of their stages; the rest takes no part in training."""
COMPONENTS = [(family, name) for family in FAMILIES if family not in OTHERS for name in registry.available(family)]


def begun(family: str, name: str) -> Learner:
    """A learner whose recipe has the component."""
    component, key = {"name": name}, KEYS.get(family, family)
    recipe: dict[str, Any] = {"batch_size": 16}
    if family in (*LISTS, *SINGLE, "losses"):
        recipe[key] = [component] if family in LISTS else component
    setup = setup_of({"epochs": 3, **({key: component} if family in OF_A_PHASE else {})}, **recipe)
    network = {"name": "enhanced", "widths": [8, 8], "depth": 1, **({key: component} if family in PARTS else {})}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return setup.learner(registry.from_config("architectures", network).build(Shape(1, 12, 4)), classes=4)


def trained(learner: Learner) -> State:
    return fit(learner, DATA, lambda _: None).state


@pytest.mark.parametrize(("family", "name"), COMPONENTS)
def test_a_run_repeats_to_the_bit_also_after_a_kill(family: str, name: str, tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)

    def save(learner: Learner) -> None:
        if len(learner.rows) == 2:
            checkpoints.save(0, learner.state())

    first = fit(begun(family, name), DATA, save).state
    again = trained(begun(family, name))
    resumed = begun(family, name)
    resumed.restore(checkpoints.load(0, torch.device("cpu")) or {})
    later = trained(resumed)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert all(torch.equal(first[key], later[key]) for key in first)


@pytest.mark.parametrize(("family", "name"), [component for component in COMPONENTS if component[0] in (*LISTS, "resize")])
def test_with_the_room_the_run_is_another(family: str, name: str) -> None:
    plain, disturbed = trained(begun("losses", "cross_entropy")), trained(begun(family, name))
    assert not all(torch.equal(plain[key], disturbed[key]) for key in plain)
