"""Groups of layers of a fused network, in the order in which they are unfrozen."""

from collections.abc import Sequence

import torch
from torch import nn

from lightcnn.core.registry import Component
from lightcnn.core.types import Shape
from lightcnn.models.fusions._fused import Fused

FUSION = "fusion"


def group_names(architecture: Component[nn.Sequential]) -> list[str]:
    """The groups of a fused network, from its new head (`fusion`) backwards to the first layer of both branches."""
    with torch.random.fork_rng([]):  # not on the meta device, whose weights take two seconds of imports to begin with
        branch = architecture.build(Shape(3, 32, 10))
    return [FUSION, *reversed([name for name, _ in branch.named_children()])]


def learns(head: Component[Fused]) -> bool:
    """Whether a fused head has weights of its own; one that has none needs no phase of training."""
    with torch.random.fork_rng([]):
        return any(True for _ in head.build(nn.Sequential(), nn.Sequential(), 2).parameters())


def groups_of(fused: Fused) -> dict[str, list[nn.Module]]:
    """The modules behind each group name: the new head's one, and of each other group both branches'."""
    groups: dict[str, list[nn.Module]] = {FUSION: [fused.head]}
    first, second = fused.branches
    names = [name for name, _ in first.named_children()]
    return groups | {name: [first.get_submodule(name), second.get_submodule(name)] for name in reversed(names)}


def unfreeze_up_to(phases: Sequence[Sequence[str]], fused: Fused, phase: int) -> None:
    """Let the groups learn that `phases` has unfrozen up to and with number `phase`, counted from 0, and no others."""
    freeze_all_but(fused, {group for past in phases[: phase + 1] for group in past})


def freeze_all_but(fused: Fused, opened: set[str]) -> None:
    """Let only the groups named learn: all others keep their weights and, being in evaluation mode, their BatchNorm statistics."""
    for name, modules in groups_of(fused).items():
        for module in modules:
            module.requires_grad_(name in opened).train(name in opened)
