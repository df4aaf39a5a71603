"""Lookahead against timm's, and its ends."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from timm.optim import Lookahead
from torch import Tensor, nn
from torch.nn import Parameter

from lightcnn.core import registry
from tests.training.optim.reference import STEPS, is_same, stopped_and_resumed, trained

SGD = {"name": "sgd", "lr": 0.05}
ADAMW = {"name": "adamw", "lr": 0.01}


def built(model: nn.Module, **options: Any) -> Any:
    return registry.from_config("optim", {"name": "lookahead", **options}).build(model)


def plain(model: nn.Module, base: dict[str, Any]) -> Any:
    return registry.from_config("optim", base).build(model)


def same_to_the_bit(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(*pair) for pair in zip(one, other, strict=True))


@pytest.mark.parametrize("base", [SGD, ADAMW], ids=["sgd", "adamw"])
def test_steps_are_timms_once_that_knows_where_it_began(base: dict[str, Any]) -> None:
    def reference(model: nn.Module) -> Lookahead:
        start = {weight: weight.detach().clone() for weight in model.parameters()}
        optimizer = plain(model, base)
        # timm would take the weights of its k-th step for those of its start.
        optimizer.register_step_post_hook(
            lambda *_: [optimizer.state[weight].setdefault("lookahead_slow_buff", slow) for weight, slow in start.items()]
        )
        return Lookahead(optimizer, alpha=0.3, k=5)

    ours = trained(lambda model: built(model, k=5, alpha=0.3, base_optimizer=base))
    assert is_same(ours, trained(reference))
    assert not is_same(ours, trained(lambda model: plain(model, base)))


def test_four_steps_by_hand() -> None:
    weight = Parameter(torch.tensor([[1.0]]))
    base = {"name": "sgd", "lr": 0.1, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    optimizer = built(nn.ParameterList([weight]), k=2, alpha=0.25, base_optimizer=base)
    seen = []
    for _ in range(4):
        weight.grad = weight.detach().clone()  # of half the square
        optimizer.step()
        seen.append(weight.item())
    # 1 to 0.9 to 0.81, and back to 1 - 0.19 / 4; the same again from there
    assert seen == pytest.approx([0.9, 0.9525, 0.9525 * 0.9, 0.9525**2])


@pytest.mark.parametrize("options", [{"k": 3, "alpha": 1.0}, {"k": STEPS + 1, "alpha": 0.2}], ids=["the whole way", "never back"])
def test_without_a_way_back_it_is_its_base_to_the_bit(options: dict[str, Any]) -> None:
    assert same_to_the_bit(
        trained(lambda model: built(model, base_optimizer=ADAMW, **options)),
        trained(lambda model: plain(model, ADAMW)),
    )


@pytest.mark.parametrize("base", [SGD, {"name": "sam", "base_optimizer": ADAMW}], ids=["sgd", "sam of adamw"])
@pytest.mark.parametrize("at", range(1, STEPS))
def test_resumed_after_any_step_it_ends_with_the_same_bits(at: int, base: dict[str, Any]) -> None:
    def make(model: nn.Module) -> Any:
        return built(model, k=4, base_optimizer=base)

    assert same_to_the_bit(stopped_and_resumed(make, at), trained(make))


def test_it_makes_no_difference_whether_it_is_around_sam_or_within() -> None:
    around = trained(lambda model: built(model, k=3, base_optimizer={"name": "sam", "base_optimizer": SGD}))
    within = trained(lambda model: plain(model, {"name": "sam", "base_optimizer": {"name": "lookahead", "k": 3, "base_optimizer": SGD}}))
    assert same_to_the_bit(around, within)


@pytest.mark.parametrize("base", [{"name": "lookahead"}, {"name": "sam", "base_optimizer": {"name": "lookahead"}}])
def test_lookahead_within_lookahead_is_refused(base: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="lookahead within lookahead"):
        registry.from_config("optim", {"name": "lookahead", "base_optimizer": base})
