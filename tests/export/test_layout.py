"""What ONNX Runtime makes of the exported graphs: they stay in its blocked layout from the stem to the head."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lightcnn.core.registry import available, from_config
from lightcnn.core.types import Shape
from lightcnn.data.normalize import logits_of
from lightcnn.export import ort
from lightcnn.export.onnx import to_onnx
from lightcnn.models.reparameterize import reparameterized
from lightcnn.profiling.cost import count_nodes
from tests.export.test_onnx import CLASSES, NORMALISE, pixels, trained

SHAPE = Shape(3, 16, 4)
SMALL = {"name": "enhanced", "widths": [16, 32], "depth": 1}
CANNOT = {"attention cbam"}
"""It takes means and maxima over channels, and multiplies by a map of one channel: the layout has no operator for either."""


def cases() -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Every architecture alone and in every fusion, and every part of `enhanced` in a fusion."""
    for name in available("architectures"):
        for fusion in (None, *available("fusions")):
            yield f"{name} {fusion}", {"name": name}, fusion
    for family, key in (("convs", "conv"), ("attention", "attention"), ("heads", "head")):
        for name in available(family):
            yield f"{key} {name}", {**SMALL, key: {"name": name}}, "concat_mlp"
    yield "no attention", {**SMALL, "attention": None}, "concat_mlp"
    yield "narrow", {**SMALL, "widths": [8, 24]}, "concat_mlp"


def network_of(architecture: dict[str, Any], fusion: str | None, shape: Shape = SHAPE) -> nn.Module:
    """With weights that are no longer those of a fresh network."""
    component = from_config("architectures", architecture)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        branches = [component.build(shape) for _ in range(2 if fusion else 1)]
        return trained(from_config("fusions", {"name": fusion}).build(*branches, shape.classes) if fusion else branches[0])


def marked(name: str, architecture: dict[str, Any], fusion: str | None) -> Any:
    """An export takes seconds: only the shortest stand for the others in the default tests."""
    is_quick = name in ("paper concat_mlp", "resnet8 None", "attention se", "narrow")
    return pytest.param(name, architecture, fusion, id=name, marks=[] if is_quick else pytest.mark.slow)


@pytest.mark.parametrize(("name", "architecture", "fusion"), [marked(*case) for case in cases()])
def test_at_most_two_reorders_and_the_answers_of_torch(name: str, architecture: dict[str, Any], fusion: str | None) -> None:
    network = network_of(architecture, fusion)
    content = to_onnx(reparameterized(network), NORMALISE, SHAPE, CLASSES).SerializeToString()
    reorders = count_nodes(ort.optimized(content))["layout_reorders"]
    assert (reorders > 2) if name in CANNOT else (reorders <= 2)
    images = pixels(50, SHAPE)
    expected = logits_of(network, NORMALISE, torch.from_numpy(images)).numpy()
    for batch in (1, 7, 50):
        ours = ort.logits_of(ort.open_session(content), images, batch)
        assert np.abs(ours - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("size", [pytest.param(15, marks=pytest.mark.slow), 17])
def test_sides_that_do_not_halve_evenly_stay_in_the_layout_and_say_what_torch_says(size: int) -> None:
    shape = Shape(1, size, 4)
    network = network_of(SMALL, "concat_mlp", shape)
    content = to_onnx(network, type(NORMALISE)((0.3,), (0.2,)), shape, CLASSES).SerializeToString()
    assert count_nodes(ort.optimized(content))["layout_reorders"] <= 2
    images = pixels(20, shape)
    expected = logits_of(network, type(NORMALISE)((0.3,), (0.2,)), torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(ort.logits_of(ort.open_session(content), images), expected, atol=1e-5 * np.abs(expected).max())


def test_logits_are_torchs_to_a_hundred_thousandth_on_a_thousand_images_and_no_answer_changes() -> None:
    network = network_of({"name": "enhanced"}, "concat_mlp")
    content = to_onnx(network, NORMALISE, SHAPE, CLASSES).SerializeToString()
    images = pixels(1000, SHAPE)
    ours = ort.logits_of(ort.open_session(content), images)
    expected = logits_of(network, NORMALISE, torch.from_numpy(images)).numpy()
    assert np.abs(ours - expected).max() <= 1e-5 * np.abs(expected).max()
    np.testing.assert_array_equal(ours.argmax(1), expected.argmax(1))


def test_a_fusion_of_stacked_branches_runs_hardly_more_nodes_than_one_branch() -> None:
    one, both = (
        count_nodes(ort.optimized(to_onnx(network_of(SMALL, fusion), NORMALISE, SHAPE, CLASSES).SerializeToString()))["optimized_nodes"]
        for fusion in (None, "concat_mlp")
    )
    assert both <= one + 4
