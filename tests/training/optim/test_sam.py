"""Sharpness-aware minimization: a step by hand, and what its second pass leaves alone."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import Parameter

from lightcnn.core import registry
from tests.helpers import floats_of
from tests.training.optim.reference import network, stopped_and_resumed, trained

PLAIN = {"name": "sgd", "lr": 0.1, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
ADAMW = {"name": "adamw", "lr": 0.01}


def built(model: nn.Module, **options: Any) -> Any:
    return registry.from_config("optim", {"name": "sam", "base_optimizer": PLAIN, **options}).build(model)


def step(optimizer: Any, loss_of: Callable[[], Tensor]) -> Tensor:
    """One step by a closure as the training loop has it."""

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        return loss.detach()

    return optimizer.step(closure)


def test_a_step_by_hand() -> None:
    # Half of w^2 and 3/8 of v^2 at 4 and 4: slopes 4 and 3, length 5; half a unit up lie 4.4 and 4.3, with slopes 4.4 and 3.225.
    matrix, vector = Parameter(torch.tensor([[4.0]])), Parameter(torch.tensor([4.0]))
    optimizer = built(nn.ParameterList([matrix, vector]), rho=0.5)
    loss = step(optimizer, lambda: matrix.square().sum() / 2 + vector.square().sum() * 3 / 8)
    assert loss.item() == pytest.approx(14)
    assert matrix.item() == pytest.approx(4 - 0.44)
    assert vector.item() == pytest.approx(4 - 0.3225)


@given(rho=st.floats(1e-3, 1), seed=st.integers(0, 1000))
def test_all_that_learns_together_climbs_rho_and_what_is_frozen_stays(rho: float, seed: int) -> None:
    weights = [Parameter(floats_of(*shape, seed=seed + place)) for place, shape in enumerate([(3, 2), (4,), (5,)])]
    weights[2].requires_grad_(False)
    seen = []

    def loss_of() -> Tensor:
        seen.append([weight.detach().clone() for weight in weights])
        return torch.stack([weight.pow(4).sum() for weight in weights]).sum()

    step(built(nn.ParameterList(weights), rho=rho), loss_of)
    first, second = seen
    ways = [above - here for here, above in zip(first, second, strict=True)]
    assert torch.cat([way.flatten() for way in ways[:2]]).norm().item() == pytest.approx(rho, rel=1e-2)
    assert not ways[2].any()


@pytest.mark.parametrize("base", [{"name": "sgd", "lr": 0.05}, ADAMW], ids=["sgd", "adamw"])
def test_a_climb_of_nearly_nothing_makes_it_its_base_to_the_bit(base: dict[str, Any]) -> None:
    one, other = (
        trained(lambda model: built(model, rho=1e-20, base_optimizer=base)),
        trained(lambda model: registry.from_config("optim", base).build(model)),
    )
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_at_a_minimum_it_stays() -> None:
    weight = Parameter(torch.zeros(3))
    step(built(nn.ParameterList([weight])), lambda: weight.square().sum())
    assert torch.equal(weight, torch.zeros(3))


def test_batch_norm_sees_one_pass() -> None:
    model, images = network(), floats_of(16, 2, 5, 5)
    twin = copy.deepcopy(model)
    twin(images)
    optimizer = built(model, rho=0.5)
    step(optimizer, lambda: model(images).square().mean())
    assert all(torch.equal(*pair) for pair in zip(model.buffers(), twin.buffers(), strict=True))
    model(images)
    assert model[1].num_batches_tracked == 2


def test_batch_norm_of_what_is_frozen_normalises_as_in_evaluation() -> None:
    model, images, seen = network(), floats_of(16, 2, 5, 5), []
    model[:2].requires_grad_(False).eval()
    expected = model[:2](images)
    model[1].register_forward_hook(lambda *called: seen.append(called[-1].clone()))
    step(built(model, rho=0.5), lambda: model(images).square().mean())
    assert len(seen) == 2
    assert all(torch.equal(found, expected) for found in seen)


def test_both_passes_drop_the_same_and_the_next_step_drops_anew() -> None:
    weight, seen = Parameter(torch.ones(4, 4)), []
    optimizer = built(nn.ParameterList([weight]))

    def loss_of() -> Tensor:
        seen.append(torch.rand(4, 4))
        return (weight * seen[-1]).sum()

    with torch.random.fork_rng():
        step(optimizer, loss_of)
        step(optimizer, loss_of)
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], seen[3])
    assert not torch.equal(seen[0], seen[2])


def test_what_has_no_gradient_this_time_stays() -> None:
    used, unused = Parameter(torch.ones(2, 2)), Parameter(torch.ones(2, 2))
    step(built(nn.ParameterList([used, unused])), lambda: used.sum())
    assert torch.equal(unused, torch.ones(2, 2))


@pytest.mark.parametrize("at", [1, 6, 11])
def test_resumed_after_a_step_it_ends_with_the_same_bits(at: int) -> None:
    def make(model: nn.Module) -> Any:
        return built(model, base_optimizer=ADAMW)

    assert all(torch.equal(*pair) for pair in zip(stopped_and_resumed(make, at), trained(make), strict=True))
