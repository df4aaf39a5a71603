"""MLPerf Tiny's ResNet-8 against its published counts and the graph written out by hand."""

import torch
from torch import Tensor
from torch.nn import functional

from lightcnn.core.types import Shape
from lightcnn.models.architectures import resnet8
from lightcnn.profiling.cost import count_macs
from tests.helpers import floats_of, shaken, size_of

CIFAR = Shape(3, 32, 10)


def test_has_the_published_counts() -> None:
    network = resnet8.build(resnet8.Config(), CIFAR)
    assert size_of(network) == 78_186
    assert round(count_macs(network, CIFAR) / 1e6, 1) == 12.5


def test_computes_three_blocks_whose_shortcuts_shrink_with_them() -> None:
    network = shaken(resnet8.build(resnet8.Config(), CIFAR))
    state = network.state_dict()

    def convolved(maps: Tensor, name: str, stride: int = 1) -> Tensor:
        place, _, number = name.rpartition(".")
        norm = f"{place}.{int(number) + 1}"
        maps = functional.conv2d(maps, state[f"{name}.weight"], state[f"{name}.bias"], stride, padding=1)
        statistics = [state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return functional.batch_norm(maps, *statistics)

    images = floats_of(2, 3, 32, 32)
    maps = convolved(images, "stem.0").relu()
    for number, stride in ((1, 1), (2, 2), (3, 2)):
        block = f"block{number}"
        shortcut = maps
        if stride == 2:
            shortcut = functional.conv2d(maps, state[f"{block}.shortcut.weight"], state[f"{block}.shortcut.bias"], stride)
        maps = (convolved(convolved(maps, f"{block}.body.0", stride).relu(), f"{block}.body.3") + shortcut).relu()
    logits = functional.linear(maps.mean((2, 3)), state["head.2.weight"], state["head.2.bias"])
    assert torch.allclose(network(images), logits, rtol=1e-4, atol=1e-4)
