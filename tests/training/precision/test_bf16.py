"""Mixed precision, as far as a CPU can show it."""

import pytest
import torch

from lightcnn.training.loop import fit
from lightcnn.training.precision import bf16
from tests.helpers import DATA, floats_of, network, setup_of

CPU = torch.device("cpu")


@pytest.mark.parametrize(("device", "kind"), [("auto", torch.float32), ("any", torch.bfloat16)])
def test_products_are_lowered_where_it_pays_or_is_asked_for(device: str, kind: torch.dtype) -> None:
    weight = floats_of(3, 3).requires_grad_()
    with bf16.build(bf16.Config(device=device), CPU)():
        product = floats_of(2, 3) @ weight
    assert product.dtype == kind
    product.float().sum().backward()
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32


def test_outside_of_it_nothing_is_lowered() -> None:
    with bf16.build(bf16.Config(device="any"), CPU)():
        pass
    assert (floats_of(2, 3) @ floats_of(3, 2)).dtype == torch.float32


def test_a_run_in_it_rounds_its_steps_and_keeps_float32_weights() -> None:
    plain, lowered = (
        fit(setup_of({}, precision=precision).learner(network()), DATA, lambda _: None)
        for precision in (None, {"name": "bf16", "device": "any"})
    )
    weights = [key for key, value in plain.state.items() if value.is_floating_point()]
    assert all(lowered.state[key].dtype == torch.float32 for key in weights)
    assert not all(torch.equal(plain.state[key], lowered.state[key]) for key in weights)
    assert all(torch.allclose(plain.state[key], lowered.state[key], atol=0.2) for key in weights)
