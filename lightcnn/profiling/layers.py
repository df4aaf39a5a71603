"""List the layers of a network with shapes and parameters."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.module_tracker import ModuleTracker

from lightcnn.artifacts.layers import Layer
from lightcnn.core.types import Shape

NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    nn.BatchNorm2d: "norm",
    nn.AdaptiveAvgPool2d: "average pool",
    nn.AdaptiveMaxPool2d: "max pool",
    nn.Flatten: "flatten",
    nn.Sigmoid: "sigmoid",
    nn.Dropout: "dropout",
}
JOINS = {"add": "add", "add_": "add", "mul": "multiply", "mul_": "multiply", "cat": "concatenate"}
"""What brings two maps together is no module, and yet a part of the graph."""


class Joins(TorchDispatchMode):
    """Tells where maps come together while it is entered: the path of the innermost module, the kind, and what comes out."""

    def __init__(self, tell: Callable[[str, str, Tensor], None]) -> None:
        super().__init__()
        self.tell, self.tracker = tell, ModuleTracker()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation, and tell of it where it joins tensors."""
        out = func(*args, **(kwargs or {}))
        kind = JOINS.get(func.overloadpacket.__name__)
        if kind and (kind == "concatenate" or isinstance(args[1], Tensor)):
            self.tell(max(self.tracker.parents, key=len).partition(".")[2], kind, out)
        return out


def layers_of(network: nn.Module, shape: Shape) -> list[Layer]:
    """All layers of a network, run for one image in evaluation mode; a parameter is counted where it is first used."""
    counts = Counter[str]()
    for name, parameter in network.named_parameters():
        counts[name.rpartition(".")[0]] += parameter.numel()
    found: list[Layer] = []

    def tell(path: str, kind: str, out: Tensor, parameters: int = 0) -> None:
        found.append(row(path, kind, tuple(out.shape[1:]), parameters))

    def keep(path: str, module: nn.Module, _: tuple[Tensor], out: Tensor) -> None:
        tell(path, kind_of(module), out, counts.pop(path, 0))

    joins = Joins(tell)
    with ExitStack() as stack, torch.no_grad(), joins.tracker, joins:
        for path, module in network.named_modules():
            if path in counts or not any(module.children()):
                stack.callback(module.register_forward_hook(partial(keep, path)).remove)
        network.eval()(torch.zeros(1, shape.channels, shape.size, shape.size))
    return found + [row(path, kind_of(network.get_submodule(path)), (), count) for path, count in counts.items()]


def row(path: str, kind: str, shape: tuple[int, ...], parameters: int) -> Layer:
    """A layer as it is written down."""
    return Layer(path, kind, "×".join(map(str, shape)), parameters)


def kind_of(layer: nn.Module) -> str:
    """What a layer is called, its kernel's size with it."""
    if isinstance(layer, nn.Conv2d):
        name = "conv" if layer.groups == 1 else "depthwise" if layer.groups == layer.in_channels else "grouped"
        return f"{name} {'×'.join(map(str, layer.kernel_size))}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max pool {layer.kernel_size}"
    return NAMES.get(type(layer), type(layer).__name__)
