"""Folding a network: what can be folded is, wherever it stands, and nothing else is touched."""

import torch
from torch import Tensor, nn

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.models.convs.bsconv_reparam import Wide
from lightcnn.models.reparameterize import reparameterized
from tests.helpers import floats_of, shaken, size_of

SHAPE = Shape(3, 16, 10)


class Doubled(nn.Module):
    """Twice its input, with a weight too many."""

    def __init__(self) -> None:
        super().__init__()
        self.halves = nn.Parameter(torch.tensor([1.5, 0.5]))

    def forward(self, features: Tensor) -> Tensor:
        return features * self.halves.sum()

    def reparameterized(self) -> nn.Module:
        twice = nn.Linear(1, 1, bias=False)
        nn.init.constant_(twice.weight, self.halves.sum().item())
        return twice


def pair(conv: str) -> nn.Module:
    """A fused network of two branches made of a convolution."""
    branch = from_config("architectures", {"name": "enhanced", "widths": [8, 12], "conv": {"name": conv}})
    return from_config("fusions", {"name": "concat_mlp"}).build(branch.build(SHAPE), branch.build(SHAPE), SHAPE.classes)


def test_a_network_says_the_same_folded_and_is_left_as_it_was() -> None:
    network, images = shaken(pair("bsconv_reparam")), floats_of(4, 3, 16, 16)
    before = network(images)
    small = reparameterized(network.train())
    torch.testing.assert_close(small(images), before, rtol=1e-5, atol=1e-5)
    assert not [layer for layer in small.modules() if isinstance(layer, Wide) or layer.training]
    assert len([layer for layer in network.modules() if isinstance(layer, Wide) and layer.training]) == 16
    assert torch.equal(network.eval()(images), before)


def test_only_the_weights_of_what_folds_are_others() -> None:
    network = pair("bsconv_reparam")
    before, after = network.state_dict(), reparameterized(network).state_dict()
    kept = {key for key in before if not any(part in key for part in ("expand", "contract", "branches", "identity"))}
    assert kept <= after.keys()
    assert all(torch.equal(before[key], after[key]) for key in kept)


def test_where_nothing_folds_nothing_changes() -> None:
    network = pair("depthwise_separable")
    small = reparameterized(network)
    assert str(small) == str(network)
    assert all(torch.equal(value, small.state_dict()[key]) for key, value in network.state_dict().items())


def test_what_is_shared_is_shared_after_folding() -> None:
    double, number = Doubled(), torch.ones(1, 1)
    small = reparameterized(nn.Sequential(double, nn.Sequential(double, nn.ReLU()), double))
    assert size_of(small) == 1
    assert small(number).item() == 8


def test_a_network_that_folds_as_a_whole_is_folded() -> None:
    assert isinstance(reparameterized(Doubled()), nn.Linear)
