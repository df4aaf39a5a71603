"""A small problem, and where an optimizer gets to on it."""

import io
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter, functional

from tests.helpers import floats_of, shaken

STEPS = 12


def network() -> nn.Sequential:
    """Kernels, biases and BatchNorm: all that decay has to tell apart."""
    layers = nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 3))
    return shaken(layers).train()


def matrices_and_vectors(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    """torch's parameter groups, written out for `network`."""
    kernel, scale, shift, matrix, bias = model.parameters()
    return [
        {"params": [kernel, matrix], "weight_decay": decay},
        {"params": [scale, shift, bias], "weight_decay": 0.0},
    ]


def trained(make: Callable[[nn.Module], Any]) -> list[Tensor]:
    """The weights of `network` after some steps by closure."""
    model = network()
    return trained_on(model, make(model), STEPS)


def trained_on(model: nn.Module, optimizer: Any, steps: int) -> list[Tensor]:
    """The weights of `model` after `steps` more."""
    images, labels = floats_of(16, 2, 5, 5), torch.arange(16) % 3

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return [weight.detach() for weight in model.parameters()]


def is_same(ours: list[Tensor], theirs: list[Tensor]) -> bool:
    return all(torch.allclose(one, two, rtol=1e-4, atol=1e-5) for one, two in zip(ours, theirs, strict=True))


def after_a_step_without_gradient(make: Callable[[nn.Module], Any]) -> tuple[float, float]:
    """What decay alone makes of a matrix of ones, and of a vector of ones."""
    matrix, vector = Parameter(torch.ones(2, 2)), Parameter(torch.ones(2))
    optimizer = make(nn.ParameterList([matrix, vector]))

    def closure() -> Tensor:
        matrix.grad, vector.grad = torch.zeros(2, 2), torch.zeros(2)
        return torch.tensor(0.0)

    optimizer.step(closure)
    return matrix[0, 0].item(), vector[0].item()


def stopped_and_resumed(make: Callable[[nn.Module], Any], at: int) -> list[Tensor]:
    """As `trained`, but after `at` steps everything goes through a checkpoint file into a new network and optimizer."""
    file = io.BytesIO()
    model = network()
    optimizer = make(model)
    trained_on(model, optimizer, at)
    torch.save([model.state_dict(), optimizer.state_dict()], file)
    file.seek(0)
    weights, state = torch.load(file, weights_only=True)
    model = shaken(network(), seed=1).train()
    optimizer = make(model)
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return trained_on(model, optimizer, STEPS - at)
