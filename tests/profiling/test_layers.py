"""Layers as they are written down: shapes as hooks see them, every parameter once, and what joins maps in its place."""

import pytest
import torch
from torch import Tensor, nn

from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.profiling.layers import layers_of
from tests.helpers import size_of

SHAPE = Shape(3, 32, 10)


def built(name: str, fusion: str | None = None) -> nn.Module:
    """A network of a component with its defaults; with a fusion, two of them joined."""
    component = registry.from_config("architectures", {"name": name})
    network: nn.Module = component.build(SHAPE)
    return (
        network
        if fusion is None
        else registry.from_config("fusions", {"name": fusion}).build(network, component.build(SHAPE), SHAPE.classes)
    )


def ran(network: nn.Module, image: Tensor) -> list[tuple[str, str]]:
    """The path and the output's shape of each module without children, in the order in which they run; unused parameters come last."""
    seen: list[tuple[str, str]] = []
    for path, module in network.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _m, _i, out, path=path: seen.append((path, "×".join(str(side) for side in out.shape[1:]))))
    leaves = [path for path, module in network.named_modules() if list(module.parameters(recurse=False))]
    with torch.no_grad():
        network.eval()(image)
    called = {path for path, _ in seen}
    return seen + [(path, "") for path in leaves if path not in called]


@pytest.mark.parametrize("fusion", [None, *registry.available("fusions")])
@pytest.mark.parametrize("name", registry.available("architectures"))
def test_shapes_are_those_that_hooks_see_and_parameters_add_up(name: str, fusion: str | None) -> None:
    network = built(name, fusion)
    layers = layers_of(network, SHAPE)
    joins = ("add", "multiply", "concatenate")
    assert [(row.path, row.shape) for row in layers if row.kind not in joins] == ran(network, torch.zeros(1, 3, 32, 32))
    assert sum(int(row.parameters) for row in layers) == size_of(network)


def test_what_joins_maps_stands_where_it_happens() -> None:
    layers = [(row.path, row.kind, row.shape) for row in layers_of(built("enhanced", "concat_mlp"), SHAPE)]
    assert ("first.section2.0", "add", "32×16×16") in layers
    assert ("first.section2.0.body.3", "multiply", "32×16×16") in layers
    place = layers.index(("", "concatenate", "20"))
    assert layers[place - 1][0].startswith("second.head")
    assert layers[place + 1] == ("head.dense", "dense", "32")


def test_layers_that_are_shared_or_never_run_count_once() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.unused = nn.Conv2d(3, 3, (1, 3), padding="same", groups=3), nn.Linear(4, 2)

        def forward(self, images: Tensor) -> Tensor:
            return self.conv(self.conv(images)) + 1

    layers = layers_of(Odd(), Shape(3, 8, 3))
    assert [tuple(row) for row in layers] == [
        ("conv", "depthwise 1×3", "3×8×8", 12),
        ("conv", "depthwise 1×3", "3×8×8", 0),
        ("unused", "dense", "", 10),
    ]


def test_the_network_is_left_without_hooks() -> None:
    network = built("paper")
    layers_of(network, SHAPE)
    assert not any(module._forward_hooks for module in network.modules())
