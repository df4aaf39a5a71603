"""What the CIFAR-100 family is made of: convolutions with a bias before their BatchNorm, Fire modules of them, and bypasses."""

from torch import Tensor, nn

from lightcnn.core.types import Shape
from lightcnn.models.convs._fire import Fire


def convolution(channels_in: int, channels_out: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps the map's size."""
    return nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)


def activated(channels_in: int, channels_out: int, kernel: int = 3) -> nn.Sequential:
    """The same with BatchNorm and ReLU."""
    return nn.Sequential(convolution(channels_in, channels_out, kernel), nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True))


def fire(channels_in: int, squeezed: int, expanded: int) -> nn.Sequential:
    """Squeeze to `squeezed` channels; 1x1 and 3x3 expand them to `expanded` each, BatchNorm and ReLU behind all of them."""
    module = Fire(activated(channels_in, squeezed, 1), convolution(squeezed, expanded, 1), convolution(squeezed, expanded))
    return nn.Sequential(module, nn.BatchNorm2d(2 * expanded), nn.ReLU(inplace=True))


class Bypass(nn.Module):
    """The sum of what `body` makes of a map and the map itself or, where their widths differ, its bare 1x1 projection."""

    def __init__(self, body: nn.Module, projection: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.projection = body, projection or nn.Identity()

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side side]."""
        return self.body(feature_map) + self.projection(feature_map)


class Uncalled(nn.Module):
    """A module that is built and counts, and that no map ever goes through: a defect of the source, kept to be seen."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, feature_map: Tensor) -> Tensor:
        """Whatever comes, unchanged."""
        return feature_map


def require_three_halvings(shape: Shape) -> None:
    """Refuse images that three poolings leave nothing of.

    Raises:
        ValueError: where they are smaller than 8 pixels.
    """
    if shape.size < 8:
        raise ValueError(f"images of {shape.size} pixels are too small for this network, which needs 8")
