"""The moving average against torch's own, and a loop by hand."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lightcnn.training.averaging import ema
from tests.helpers import floats_of, shaken


def network() -> nn.Sequential:
    return shaken(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))).train()


def change(model: nn.Module, step: int) -> None:
    """A step of training, as far as an average can see: new weights, and new statistics of BatchNorm."""
    for place, weight in enumerate(model.parameters()):
        weight.data.add_(floats_of(*weight.shape, seed=100 * step + place))
    model(floats_of(8, 3, seed=step))


def floats(model: nn.Module) -> list[Tensor]:
    return [value for value in model.state_dict().values() if value.is_floating_point()]


def test_with_a_long_history_it_is_torchs() -> None:
    model = network()
    # The first step's share of the old is a tenth by the correction, so that a decay below that is never corrected.
    average = ema.build(ema.Config(decay=0.09), model)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.09), use_buffers=True)
    theirs.update_parameters(model)
    for step in range(20):
        change(model, step)
        average.update()
        theirs.update_parameters(model)
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(floats(average.model), floats(theirs.module), strict=True))


@pytest.mark.parametrize("decay", [0.3, 0.999])
def test_a_short_history_is_corrected_as_in_tensorflow(decay: float) -> None:
    model = network()
    average, by_hand = ema.build(ema.Config(decay=decay), model), [value.double() for value in floats(model)]
    for updates in range(30):
        change(model, updates)
        average.update()
        keep = min(decay, (1 + updates) / (10 + updates))
        by_hand = [keep * old + (1 - keep) * new for old, new in zip(by_hand, floats(model), strict=True)]
    assert all(torch.allclose(one.double(), two, atol=1e-5) for one, two in zip(floats(average.model), by_hand, strict=True))


def test_the_model_itself_is_left_alone() -> None:
    model = network()
    average, before = ema.build(ema.Config(), model), copy.deepcopy(model.state_dict())
    average.update()
    assert all(torch.equal(model.state_dict()[key], before[key]) for key in before)


def test_what_does_not_change_stays_the_same_to_the_bit() -> None:
    model = network()
    average = ema.build(ema.Config(decay=0.7), model)
    for _ in range(50):
        average.update()
    assert all(torch.equal(one, two) for one, two in zip(floats(average.model), floats(model), strict=True))


def test_it_still_follows_after_weights_were_loaded() -> None:
    model, other = network(), shaken(network(), 5)
    average = ema.build(ema.Config(decay=0.0), model)
    model.load_state_dict(other.state_dict())
    average.model.load_state_dict(network().state_dict())
    average.update()
    assert all(torch.equal(one, two) for one, two in zip(floats(average.model), floats(other), strict=True))
