"""The residual block that architectures are made of, and that stochastic depth knows."""

from torch import Tensor, nn
from torch.nn import functional

from lightcnn.core.registry import Component


class Block(nn.Module):
    """Two convolutions, attention, and around them the shortcut."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        stride: int,
        conv: Component[nn.Module],
        attention: Component[nn.Module] | None,
        residual: bool,
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv.build(channels_in, channels_out, stride), nn.ReLU(inplace=True), conv.build(channels_out, channels_out, 1)
        )
        if attention is not None:
            self.body.append(attention.build(channels_out))
        self.grown, self.stride, self.residual = channels_out - channels_in, stride, residual

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride]."""
        out = self.body(feature_map)
        if self.residual:
            shortcut = functional.avg_pool2d(feature_map, self.stride, ceil_mode=True) if self.stride > 1 else feature_map
            out.add_(functional.pad(shortcut, (0, 0, 0, 0, 0, self.grown)) if self.grown else shortcut)
        return out.relu_()
