"""Find out before any training whether the settings can work: sizes, batches, rings of teachers."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import torch
from torch import nn

from lightcnn.core.registry import Component, load
from lightcnn.core.types import Shape
from lightcnn.data.settings import DataConfig
from lightcnn.models.fusions._fused import Fused
from lightcnn.models.groups import FUSION, group_names, learns
from lightcnn.training.recipe import Fusion, Recipe, Training

UNKNOWN = Shape(3, 32, 10)
"""What stands for what is known only once a data set has been read."""


def held_out_problems(data: DataConfig) -> Iterator[str]:
    """What is wrong with the size of the validation split, as far as the size of the data set is known."""
    published = getattr(load("datasets", data.dataset.name), "PUBLISHED", None)
    if published and not published.classes <= (data.valid_size or 0) <= published.images - published.classes:
        reach = f"{published.classes} to {published.images - published.classes:,} of its {published.images:,} training images"
        size = "null" if data.valid_size is None else f"{data.valid_size:,}"
        yield f"{size} cannot be held out of {data.dataset.name}: take {reach}, so that each class is in both parts"


def rings(needs: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The runs of each ring: every one needs the next, and the last the first."""
    needs = dict(needs)
    while True:
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            ring = tuple(reversed(error.args[1][1:]))
            yield ring
            needs[ring[0]] = ()
        else:
            return


def network_problems(training: Training, data: DataConfig) -> Iterator[tuple[str, str]]:
    """What keeps a network from being built for images of this size, or from being trained by batches of one; by the key to change."""
    shape = shape_of(data)
    with torch.random.fork_rng([]):
        try:
            network = training.architecture.build(shape).train()
        except ValueError as error:
            yield "architecture", str(error)
            return
        yield from (("batch_size", text) for text in _lonely_problems(network, shape, training))


def fusion_problems(fusion: Fusion, architecture: Component[nn.Sequential], data: DataConfig) -> Iterator[str]:
    """What keeps batches of one image from training those groups of the branches that are unfrozen."""
    opened, shape = {group for phase in fusion.phases.values() for group in phase.unfreeze}, shape_of(data)
    with torch.random.fork_rng([]):
        try:
            branch = architecture.build(shape).eval()
        except ValueError:  # a problem of the branch itself
            return
        for name, group in branch.named_children():
            group.train(name in opened)
        yield from _lonely_problems(branch, shape, fusion)


@torch.no_grad()
def _lonely_problems(network: nn.Module, shape: Shape, recipe: Recipe) -> Iterator[str]:
    """What BatchNorm says of a batch of one image on a map of one pixel."""
    if recipe.batch_size > 1:
        return
    smallest = getattr(recipe.resize.config, "initial_scale", 1) if recipe.resize else 1
    for side in {shape.size, max(1, int(smallest * shape.size))}:
        try:
            network(torch.zeros(1, shape.channels, side, side))
        except ValueError:
            yield f"1: BatchNorm cannot train on one image at a time where maps shrink to one pixel (images of {side}); take 2 or more"
            return


def shape_of(data: DataConfig) -> Shape:
    """What networks have to fit, as far as it is known."""
    published = getattr(load("datasets", data.dataset.name), "PUBLISHED", None)
    own = published.size if published else getattr(data.dataset.config, "size", UNKNOWN.size)
    known = published or UNKNOWN
    return Shape(known.channels, data.image_size or own, known.classes)


def phase_problems(fusion: Fusion, architecture: Component[nn.Sequential]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """What is wrong with the phases of a fusion, and where: groups must be unfrozen once each, from the head backwards, and learn."""
    if not fusion.phases and learns(fusion.fusion):
        yield (), f"none, and the fusion {fusion.fusion.name!r} has to learn"
    order, weightless = group_names(architecture), set(weightless_groups(fusion.fusion, architecture))
    opened: list[str] = []
    for name, phase in fusion.phases.items():
        for group in phase.unfreeze:
            if group not in order:
                yield (name, "unfreeze"), f"no group {group!r} (from the head backwards there are: {', '.join(order)})"
                return
            if order.index(group) != len(opened):
                yield (name, "unfreeze"), f"{group!r} is out of turn: groups are unfrozen once each, in the order {', '.join(order)}"
                return
            opened.append(group)
        if weightless.issuperset(opened):
            rest = ", ".join(order[len(opened) :][:1]) or "another fusion"
            yield (name, "unfreeze"), f"{', '.join(opened)}: nothing there has weights, so nothing learns; unfreeze {rest} with it"
            return


def weightless_groups(fusion: Component[Fused], architecture: Component[nn.Sequential]) -> Iterator[str]:
    """The groups of a fused network that have nothing to learn."""
    if not learns(fusion):
        yield FUSION
    with torch.random.fork_rng([]):
        branch = architecture.build(UNKNOWN)
    yield from (name for name, group in branch.named_children() if not any(True for _ in group.parameters()))
