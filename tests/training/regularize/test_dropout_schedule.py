"""Scheduled dropout: the rates worked by hand, and what they do to a network."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from lightcnn.core.types import Step
from lightcnn.training.loop import fit
from lightcnn.training.regularize import dropout_schedule
from lightcnn.training.regularize.dropout_schedule import Config, drop, rate_at
from tests.helpers import DATA, floats_of, network, setup_of

COUNT = 100_000
DEVIATIONS = 5


def mirror(*before: nn.Module) -> nn.Sequential:
    """A network whose classifier says what it is given."""
    classifier = nn.Linear(50, 50, bias=False)
    nn.init.eye_(classifier.weight)
    return nn.Sequential(*before, classifier)


def has_dropped(features: Tensor, rate: float) -> bool:
    """Whether ones became zeros at this rate, within what chance allows, and the others what keeps the mean."""
    kept = features[features > 0]
    share = 1 - len(kept) / features.numel()
    return abs(share - rate) < DEVIATIONS * (rate * (1 - rate) / features.numel()) ** 0.5 and torch.allclose(
        kept, 1 / torch.tensor(1 - rate)
    )


def test_the_rate_falls_in_equal_steps_from_start_to_end() -> None:
    assert [rate_at(Config(initial_rate=0.5, final_rate=0.2), Step(now, 4, 2)) for now in range(4)] == pytest.approx([0.5, 0.4, 0.3, 0.2])
    assert rate_at(Config(initial_rate=0.5, final_rate=0.2), Step(0, 1, 1)) == 0.5


@given(rate=st.floats(0.01, 0.99), seed=st.integers(0, 2**31))
def test_drops_at_its_rate_and_keeps_the_mean(rate: float, seed: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        assert has_dropped(drop(torch.ones(COUNT), torch.tensor(rate)), rate)


def test_a_rate_of_zero_changes_nothing() -> None:
    features = floats_of(4, 5)
    assert torch.equal(drop(features, torch.zeros(())), features)


@pytest.mark.parametrize("before", [(), (nn.Dropout(0.9),), (nn.Dropout(0.9), nn.ReLU())])
def test_the_classifier_reads_what_is_dropped_once_at_the_scheduled_rate(before: tuple[nn.Module, ...]) -> None:
    model, ones = mirror(*before), torch.ones(COUNT // 50, 50)
    set_rate = dropout_schedule.build(Config(initial_rate=0.6, final_rate=0.1), model)
    for now, rate in ((0, 0.6), (5, 0.35), (10, 0.1)):
        set_rate(Step(now, 11, 11))
        assert has_dropped(model.train()(ones), rate)
        assert torch.equal(model.eval()(ones), ones)


def test_a_part_that_is_frozen_is_left_in_peace() -> None:
    first, second = nn.Dropout(0.9), nn.Dropout(0.9)
    model = mirror(first, second)
    dropout_schedule.build(Config(), model)
    first.eval()
    assert has_dropped(model(torch.ones(COUNT // 50, 50)), 0.5)


def test_a_training_repeats_to_the_bit_and_is_not_the_one_without() -> None:
    states = [
        fit(setup_of({"epochs": 2}, regularize=components).learner(network()), DATA, lambda _: None).state
        for components in ([{"name": "dropout_schedule"}], [{"name": "dropout_schedule"}], [])
    ]
    same = [all(torch.equal(states[0][key], other[key]) for key in states[0]) for other in states]
    assert same == [True, True, False]
