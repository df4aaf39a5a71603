"""The residual block and its shortcuts."""

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from lightcnn.core.registry import Component

Shortcut = Callable[[Tensor], Tensor]


class Block(nn.Module):
    """Two convolutions, attention if any, and around them the shortcut; without one it is no residual block."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        stride: int,
        conv: Component[nn.Module],
        attention: Component[nn.Module] | None = None,
        shortcut: Shortcut | None = None,
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv.build(channels_in, channels_out, stride), nn.ReLU(inplace=True), conv.build(channels_out, channels_out, 1)
        )
        if attention is not None:
            self.body.append(attention.build(channels_out))
        self.shortcut = shortcut

    @property
    def residual(self) -> bool:
        """Whether there is a shortcut."""
        return self.shortcut is not None

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride]."""
        out = self.body(feature_map)
        if self.shortcut is not None:
            out.add_(self.shortcut(feature_map))
        return out.relu_()


def padded(channels_in: int, channels_out: int, stride: int) -> Shortcut:
    """No weights: average pooling where the map shrinks, and zeros for the channels that are new (option A of ResNet)."""
    return partial(_pad, stride, channels_out - channels_in)


def _pad(stride: int, grown: int, feature_map: Tensor) -> Tensor:
    pooled = functional.avg_pool2d(feature_map, stride, ceil_mode=True) if stride > 1 else feature_map
    return functional.pad(pooled, (0, 0, 0, 0, 0, grown)) if grown else pooled


def projection(channels_in: int, channels_out: int, stride: int) -> Shortcut:
    """Average pooling where the map shrinks, then 1x1 with BatchNorm; the identity where nothing changes."""
    if channels_in == channels_out and stride == 1:
        return nn.Identity()
    pool = [nn.AvgPool2d(stride, ceil_mode=True)] if stride > 1 else []
    return nn.Sequential(*pool, nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))
