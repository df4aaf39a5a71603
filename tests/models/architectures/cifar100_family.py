"""What the five networks of the CIFAR-100 family are held to: counts that torchinfo agrees with, and a graph written out by hand."""

from math import prod

import torchinfo
from torch import Tensor, nn
from torch.nn import functional

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.profiling.cost import count_macs
from tests.helpers import shaken, size_of

SHAPE = Shape(3, 32, 100)


class Network:
    """A network with weights that are not those of the start, and its layers as functions of what they hold."""

    def __init__(self, name: str) -> None:
        self.network: nn.Sequential = shaken(from_config("architectures", {"name": name}).build(SHAPE))
        self.state = self.network.state_dict()

    def conv(self, maps: Tensor, place: str) -> Tensor:
        kernel = self.state[f"{place}.weight"]
        return functional.conv2d(maps, kernel, self.state[f"{place}.bias"], padding=kernel.shape[-1] // 2)

    def norm(self, maps: Tensor, place: str) -> Tensor:
        return functional.batch_norm(maps, *(self.state[f"{place}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")))

    def activated(self, maps: Tensor, place: str) -> Tensor:
        return self.norm(self.conv(maps, f"{place}.0"), f"{place}.1").relu()

    def fire(self, maps: Tensor, place: str) -> Tensor:
        """Each expansion with its own part of the BatchNorm, as the source has it."""
        squeezed, done = self.activated(maps, f"{place}.0.squeeze"), []
        for number in (0, 1):
            expanded = self.conv(squeezed, f"{place}.0.expansions.{number}")
            parts = (self.state[f"{place}.1.{part}"].chunk(2)[number] for part in ("running_mean", "running_var", "weight", "bias"))
            done.append(functional.batch_norm(expanded, *parts).relu())
        return functional.pad(done[0], (0, 0, 0, 0, 0, done[1].shape[1])) + functional.pad(done[1], (0, 0, 0, 0, done[0].shape[1], 0))

    def classified(self, features: Tensor) -> Tensor:
        *_, last = self.network.head.named_children()
        return functional.linear(features, self.state[f"head.{last[0]}.weight"], self.state[f"head.{last[0]}.bias"])


def pooled(maps: Tensor) -> Tensor:
    return functional.max_pool2d(maps, 2)


def assert_counts(name: str, parameters: int, macs: str) -> None:
    """Parameters to the unit, multiply-adds to the last published digit, both as torchinfo counts the layers that it sees running."""
    network = from_config("architectures", {"name": name}).build(SHAPE)
    summary = torchinfo.summary(network, (1, SHAPE.channels, SHAPE.size, SHAPE.size), verbose=0)
    layers = [layer for layer in summary.summary_list if isinstance(layer.module, nn.Conv2d | nn.Linear) and layer.executed]
    counted = sum(layer.module.weight.numel() * prod(layer.output_size[2:]) for layer in layers)
    assert summary.total_params == size_of(network) == parameters
    assert count_macs(network, SHAPE) == counted
    assert f"{counted / 1e6:.1f}" == macs
