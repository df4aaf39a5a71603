"""CBAM against timm's, and as it is exported."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from timm.layers.cbam import CbamModule

from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.export import ort
from lightcnn.export.onnx import to_onnx
from lightcnn.models.attention import cbam
from tests.helpers import floats_of, images_of, shaken, size_of


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kernel", [3, 7])
def test_says_what_timm_says_with_the_same_weights(kernel: int, training: bool) -> None:
    ours, theirs = cbam.build(cbam.Config(hidden=5, kernel=kernel), 12), CbamModule(12, rd_channels=5, spatial_kernel_size=kernel)
    shaken(ours)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    feature_map = floats_of(3, 12, 7, 5)
    assert torch.allclose(ours.train(training)(feature_map), theirs.train(training)(feature_map), atol=1e-6)


def test_keeps_the_memory_layout() -> None:
    attention = cbam.build(cbam.Config(), 8).to(memory_format=torch.channels_last)
    feature_map = floats_of(2, 8, 6, 6).to(memory_format=torch.channels_last)
    assert attention(feature_map).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kernel", [3, 7])
def test_has_the_documented_count(kernel: int) -> None:
    assert size_of(cbam.build(cbam.Config(hidden=5, kernel=kernel), 12)) == 2 * 12 * 5 + 2 * kernel**2 + 2


def test_a_network_with_it_says_the_same_exported() -> None:
    shape, normalise = Shape(3, 8, 4), Normalize((0.5,) * 3, (0.25,) * 3)
    options = {"widths": [4, 8], "depth": 1, "attention": {"name": "cbam"}}
    network = shaken(from_config("architectures", {"name": "enhanced", **options}).build(shape))
    model = to_onnx(network, normalise, shape, tuple("abcd"))
    images = images_of(16, 3, 8).permute(0, 2, 3, 1).contiguous()
    exported = ort.logits_of(ort.open_session(model.SerializeToString()), images.numpy())
    assert np.abs(exported - logits_of(network, normalise, images).numpy()).max() < 1e-5
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}


@pytest.mark.parametrize("options", [{"hidden": 3}, {"kernel": 5}])
def test_a_degenerate_bottleneck_and_other_kernels_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        cbam.Config(**options)
