"""Published networks for CIFAR-10, built to count and time them beside ours.

Weights are random: how long a network takes does not depend on them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn
from torchvision.models import MobileNetV2, ShuffleNetV2

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize

SHAPE = Shape(3, 32, 10)
NORMALISE = Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))


class PreactBlock(nn.Module):
    """BatchNorm and ReLU before each blueprint convolution; where the shape changes, the shortcut is 1x1 and starts behind the first pair."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.enter = activated(channels_in)
        self.body = nn.Sequential(
            *blueprint(channels_in, channels_out, stride), *activated(channels_out), *blueprint(channels_out, channels_out)
        )
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1, stride, bias=False) if channels_in != channels_out else None

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride]."""
        entered = self.enter(feature_map)
        return self.body(entered) + (feature_map if self.shortcut is None else self.shortcut(entered))


def wrn_16_1() -> nn.Module:
    """WRN-16-1 of unconstrained blueprint convolutions, the stem too; BatchNorm on the pixels.

    Source: Haase and Amthor 2020, arXiv:2003.13549, and its code, github.com/zeiss-microscopy/BSConv (`cifar_wrn16_1_bsconvu`).
    """
    sections = [PreactBlock(*shape) for shape in ((16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1))]
    head = [*activated(64), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(nn.BatchNorm2d(3), *blueprint(3, 16), *sections, *head)


def blueprint(channels_in: int, channels_out: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    """1x1, then 3x3 of each channel by itself."""
    depthwise = nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, groups=channels_out, bias=False)
    return nn.Conv2d(channels_in, channels_out, 1, bias=False), depthwise


def activated(channels: int) -> nn.Sequential:
    """BatchNorm and ReLU."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(inplace=True))


def shufflenet() -> nn.Module:
    """ShuffleNetV2 x0.5 for 32x32 pixels: a stem that keeps them all, and no pooling behind it.

    Source: Ma et al. 2018, arXiv:1807.11164, table 5, through torchvision.
    """
    network: Any = ShuffleNetV2([4, 8, 4], [24, 48, 96, 192, 1024], num_classes=10)
    network.conv1[0].stride, network.maxpool = (1, 1), nn.Identity()
    return network


def mobilenet() -> nn.Module:
    """MobileNetV2 x0.5 for 32x32 pixels: the stem and the second section keep them all.

    Source: Sandler et al. 2018, arXiv:1801.04381, table 2 (expansion, channels, count, stride), through torchvision.
    """
    sections = [[1, 16, 1, 1], [6, 24, 2, 1], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
    network: Any = MobileNetV2(num_classes=10, width_mult=0.5, inverted_residual_setting=sections)
    network.features[0][0].stride = (1, 1)
    return network


def component(**options: Any) -> nn.Module:
    """A network that this project's components can build."""
    network: nn.Module = from_config("architectures", options).build(SHAPE)
    return network


# Two of its shortcuts shrink: here by averaging, in the paper by taking every second pixel. No weights either way.
RESNET_20 = {"name": "enhanced", "widths": [16, 32, 64], "depth": 3, "conv": {"name": "standard"}, "attention": None}
PEERS: dict[str, Callable[[], nn.Module]] = {
    "BSConv-U WRN-16-1": wrn_16_1,
    "MLPerf Tiny ResNet-8": partial(component, name="resnet8"),
    "ResNet-20": partial(component, **RESNET_20),
    "ShuffleNetV2 x0.5": shufflenet,
    "MobileNetV2 x0.5": mobilenet,
}
"""How each is built; what was published of it stands in lightcnn/reporting/published.py, under the same name."""
