"""Where regularizers take hold: the right layer, in training only, in copies too, and compiled once."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounter

from lightcnn.core import registry
from lightcnn.core.types import Shape, Step
from lightcnn.training.regularize._hooks import classifier_of, hook_input
from tests.helpers import floats_of

SHAPE = Shape(3, 16, 7)


def branch(name: str) -> nn.Sequential:
    return registry.from_config("architectures", {"name": name}).build(SHAPE)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("name", registry.available("architectures"))
def test_the_classifier_is_the_layer_with_weights_that_runs_last(name: str, fused: bool) -> None:
    network = (
        registry.from_config("fusions", {"name": "concat_mlp"}).build(branch(name), branch(name), SHAPE.classes) if fused else branch(name)
    )
    ran: list[nn.Module] = []
    for layer in network.modules():
        if list(layer.parameters(recurse=False)):
            layer.register_forward_hook(lambda layer, *_: ran.append(layer))
    network(floats_of(2, *SHAPE[:1], SHAPE.size, SHAPE.size))
    assert classifier_of(network) is ran[-1]


def test_only_what_is_in_training_mode_is_disturbed_and_copies_are_for_themselves() -> None:
    place, ones = nn.Identity(), torch.ones(2, 3)
    hook_input(place, lambda features: features + 1)
    twin = copy.deepcopy(place).eval()
    assert torch.equal(place(ones), ones + 1)
    assert torch.equal(twin(ones), ones)
    assert torch.equal(twin.train()(ones), ones + 1)
    assert torch.equal(place.eval()(ones), ones)


@pytest.mark.parametrize("name", registry.available("regularize"))
def test_a_network_is_compiled_once_however_often_the_strength_changes(name: str) -> None:
    compiled, network = (
        CompileCounter(),
        registry.from_config("architectures", {"name": "enhanced", "widths": [4], "depth": 1}).build(SHAPE),
    )
    regularize = registry.from_config("regularize", {"name": name}).build(network)
    network.compile(backend=compiled)
    seen: list[Tensor] = []
    for now in range(3):
        regularize(Step(now, 3, 3))
        seen.append(network(floats_of(2, 3, 16, 16)))
    assert compiled.frame_count == 1
    assert len(seen) == 3
