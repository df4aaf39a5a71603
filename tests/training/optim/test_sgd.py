"""Stochastic gradient descent against torch's plain loop and a step by hand."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn import Parameter
from torch.optim import SGD

from lightcnn.training.optim import sgd
from tests.training.optim.reference import after_a_step_without_gradient, is_same, matrices_and_vectors, trained


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.9, True), (0.9, False), (0.0, False)])
def test_steps_are_those_of_torchs_plain_loop(momentum: float, nesterov: bool) -> None:
    config = sgd.Config(lr=0.05, momentum=momentum, nesterov=nesterov, weight_decay=0.2)

    def reference(model: nn.Module) -> SGD:
        return SGD(matrices_and_vectors(model, 0.2), 0.05, momentum, nesterov=nesterov, foreach=False, fused=False)

    assert is_same(trained(lambda model: sgd.build(config, model)), trained(reference))


def test_two_steps_with_nesterov_by_hand() -> None:
    weight = Parameter(torch.tensor([[1.0]]))
    optimizer = sgd.build(sgd.Config(lr=0.1, momentum=0.5, weight_decay=0.0), nn.ParameterList([weight]))
    for _ in range(2):
        weight.grad = weight.detach().clone()  # of half the square
        optimizer.step()
    # v = 1, w = 1 - .1 (1 + .5); then g = .85, v = .5 + .85, w = .85 - .1 (.85 + .5 x 1.35)
    assert weight.item() == pytest.approx(0.85 - 0.1 * (0.85 + 0.675), rel=1e-6)


def test_matrices_shrink_by_rate_times_decay_and_vectors_do_not() -> None:
    config = sgd.Config(lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.3)
    matrix, vector = after_a_step_without_gradient(lambda model: sgd.build(config, model))
    assert matrix == pytest.approx(1 - 0.1 * 0.3, rel=1e-6)
    assert vector == 1


def test_looking_ahead_without_momentum_is_refused() -> None:
    with pytest.raises(ValidationError, match="nesterov: true needs a momentum above 0"):
        sgd.Config(momentum=0.0)
