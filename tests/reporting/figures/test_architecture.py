"""Architecture diagrams: one for each architecture, boxes for its groups, shapes as they are handed on."""

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from lightcnn.artifacts.layers import Layer
from lightcnn.core import registry
from lightcnn.core.types import Shape
from lightcnn.models.groups import groups_of as modules_of
from lightcnn.profiling.layers import layers_of
from lightcnn.reporting.figures._layer_groups import Group, groups_of, words
from lightcnn.reporting.figures.architecture import Config, draw
from lightcnn.reporting.results import Results

SHAPE = Shape(3, 32, 10)


def layers(network: nn.Module) -> tuple[Layer, ...]:
    return tuple(layers_of(network, SHAPE))


def fused(name: str) -> nn.Module:
    component = registry.from_config("architectures", {"name": name})
    network: nn.Module = registry.from_config("fusions", {"name": "concat_mlp"}).build(component.build(SHAPE), component.build(SHAPE), 10)
    return network


def texts(figure: Figure, gid: str) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_gid() == gid and text.get_text()]


def test_models_of_the_same_layers_share_a_figure_and_the_best_ones_keeps_its_name(found: Results) -> None:
    stems = {"baseline-raw_architecture", "enhanced-raw_architecture", "baseline_architecture", "best_model_architecture"}
    drawn = draw(Config(), found)
    assert set(drawn) == stems
    assert drawn["best_model_architecture"].get_suptitle() == "Architecture of enhanced: 28,946 parameters"
    assert "baseline-raw, baseline-augmented" in drawn["baseline-raw_architecture"].get_suptitle().replace("\n", " ")


@pytest.mark.parametrize("name", ["paper", "enhanced"])
def test_shapes_along_arrows_are_those_that_hooks_see_behind_each_group(found: Results, name: str) -> None:
    network, seen = fused(name), {}
    for group, modules in modules_of(network).items():
        for place, module in enumerate(modules):
            module.register_forward_hook(lambda _m, _i, out, key=(group, place): seen.update({key: "×".join(map(str, out.shape[1:]))}))
    model = found.models["enhanced"]._replace(layers=layers(network))
    network.eval()(torch.zeros(1, 3, 32, 32))
    figure = draw(Config(), found._replace(models={"enhanced": model}))["best_model_architecture"]
    branches = [[seen[group, place] for group in reversed(modules_of(network)) if group != "fusion"] for place in range(2)]
    assert texts(figure, "shape") == [*branches[0], *branches[1], "20", "10"]


def test_boxes_have_the_parameters_of_their_groups_and_bars_their_share(found: Results) -> None:
    network = fused("paper")
    model = found.models["enhanced"]._replace(layers=layers(network))
    model = model._replace(cost=model.cost.model_copy(update={"parameters": 19_622}))
    axes = draw(Config(), found._replace(models={"enhanced": model}))["best_model_architecture"].axes[0]
    boxes, bars = ([patch for patch in axes.patches if patch.get_gid() == gid] for gid in ("group", "share"))
    counts = [280, 1_820, 7_210] * 2 + [0, 1_002]
    narrow = min(box.get_width() for box in boxes)
    assert [bar.get_width() / narrow for bar in bars] == pytest.approx([n / 19_622 for n in counts])
    assert texts(axes.figure, "branch") == ["enhanced-raw", "enhanced-augmented"]
    assert [text.get_text() for text in axes.texts if text.get_ha() == "right" and text.get_gid() != "branch"] == [
        f"{count:,}" for count in counts
    ]


def test_what_is_repeated_is_written_once() -> None:
    groups = {group.name: words(group).replace("\u00a0", " ") for group in groups_of(layers(fused("enhanced"))) if group.branch == "first"}
    assert groups["stem"] == "conv 3×3, norm, ReLU"
    assert groups["section1"].startswith("2 × (depthwise 3×3, conv 1×1, norm, ReLU, depthwise 3×3")
    assert groups["section1"].endswith("sigmoid, multiply, add)")
    assert groups["head"] == "average pool, conv 1×1"
    assert words(Group("", "head", (Layer("head", "Identity", "10", 0),))) == ""
