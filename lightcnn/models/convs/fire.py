"""A Fire module as a convolution: a 1x1 squeeze, then half of the channels by 1x1 and half by 3x3.

source     Iandola et al. 2016, arXiv:1602.07360, section 3.2
differs    BatchNorm behind the squeeze and behind the concatenation, where it is the same as behind each expansion and several times
           faster; no activation at the end, as the residual block has it; with `depthwise`, the 3x3 expansion is a pointwise and a
           depthwise one (BSConv, arXiv:2003.13549)
cost       qc + 5qd weights for c to d channels squeezed to q; qc + qd + 4.5d with `depthwise`
example    squeeze: 0.5, depthwise: true
conflicts  nothing
"""

from pydantic import Field
from torch import nn

from lightcnn.core.config import StrictModel
from lightcnn.models.convs._fire import Fire


class Config(StrictModel):
    """`squeeze` is the squeezed width as a share of the channels that come out; `depthwise` makes the 3x3 expansion cheap."""

    squeeze: float = Field(0.25, gt=0, le=1)
    depthwise: bool = False


def build(config: Config, channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
    """Squeeze, BatchNorm, ReLU, both expansions with the stride, BatchNorm; no activation.

    Raises:
        ValueError: where a single channel comes out, which cannot be halved.
    """
    if channels_out < 2:
        raise ValueError("fire makes half of its channels by 1x1 and half by 3x3, and wants a width of 2 or more")
    squeezed, pointwise = max(1, int(config.squeeze * channels_out)), channels_out // 2
    squeeze = nn.Sequential(nn.Conv2d(channels_in, squeezed, 1, bias=False), nn.BatchNorm2d(squeezed), nn.ReLU(inplace=True))
    expand_1x1 = nn.Conv2d(squeezed, pointwise, 1, stride, bias=False)
    expand_3x3 = _depthwise if config.depthwise else _standard
    return nn.Sequential(
        Fire(squeeze, expand_1x1, expand_3x3(squeezed, channels_out - pointwise, stride)),
        nn.BatchNorm2d(channels_out),
    )


def _standard(channels_in: int, channels_out: int, stride: int) -> nn.Module:
    return nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False)


def _depthwise(channels_in: int, channels_out: int, stride: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 1, bias=False),
        nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, groups=channels_out, bias=False),
    )
