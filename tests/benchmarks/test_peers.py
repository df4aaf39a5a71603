"""Published networks are the published ones: their size and work to the last digit that was published, and ONNX says what torch says."""

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.peers import NORMALISE, PEERS, SHAPE
from lightcnn.data import normalize
from lightcnn.export import ort
from lightcnn.export.onnx import to_onnx
from lightcnn.profiling.cost import count_macs, count_parameters

ZOO = "README of github.com/chenyaofo/pytorch-cifar-models"
PUBLISHED = {
    # Their 5.57 M count two for each value of BatchNorm, one for each of ReLU, for each that is averaged, and for each bias of the head.
    "BSConv-U WRN-16-1": (
        27_312,
        5.57 - (2 * 134_144 + 131_072 + 64 * 8**2 + 10) / 1e6,
        "the authors' code and README, github.com/zeiss-microscopy/BSConv",
    ),
    "MLPerf Tiny ResNet-8": (78_186, 12.5, "github.com/mlcommons/tiny"),
    # Section 4.2 by hand: stem, convolutions, BatchNorm, head. The zoo's 40.81 M count shortcuts of 1x1 convolutions, which the paper has not.
    "ResNet-20": (
        432 + 9 * (6 * 16**2 + 16 * 32 + 5 * 32**2 + 32 * 64 + 5 * 64**2) + 2 * (7 * 16 + 6 * 32 + 6 * 64) + 650,
        40.81 - (16 * 32 * 16**2 + 32 * 64 * 8**2) / 1e6,
        f"He et al. 2016, arXiv:1512.03385, table 6: 0.27 M; {ZOO}",
    ),
    "ShuffleNetV2 x0.5": (0.35e6, 10.90, ZOO),
    "MobileNetV2 x0.5": (0.70e6, 27.97, ZOO),
}


def built(name: str) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PEERS[name]()


def settled(network: nn.Module) -> nn.Module:
    """BatchNorm's statistics as of noise: else the deep ones say zero to everything, which is easy to agree on."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        network.train()(torch.randn(64, SHAPE.channels, SHAPE.size, SHAPE.size, generator=torch.Generator().manual_seed(0)))
    return network.eval()


def test_every_peer_is_held_to_its_publication() -> None:
    assert PUBLISHED.keys() == PEERS.keys()


@pytest.mark.parametrize("name", PEERS)
def test_parameters_and_multiply_accumulates_are_those_published(name: str) -> None:
    network, (parameters, macs, _) = built(name), PUBLISHED[name]
    assert count_parameters(network) == pytest.approx(parameters, abs=0 if isinstance(parameters, int) else 5000)
    assert count_macs(network, SHAPE) / 1e6 == pytest.approx(macs, abs=0.006)


@pytest.mark.parametrize("name", PEERS)
def test_onnx_says_what_torch_says(name: str) -> None:
    network = settled(built(name))
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    exported = to_onnx(network, NORMALISE, SHAPE, list("0123456789")).SerializeToString()
    expected = normalize.logits_of(network, NORMALISE, torch.from_numpy(images)).numpy()
    assert expected.std() > 0.1
    assert ort.logits_of(ort.open_session(exported), images) == pytest.approx(expected, abs=1e-4)
