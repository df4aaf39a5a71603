"""Layers by group, and models with the same layers together."""

from itertools import groupby
from typing import NamedTuple

from lightcnn.artifacts.layers import Layer
from lightcnn.reporting.results import Model, Results

BRANCHES = ("first", "second")
SILENT = ("flatten", "Identity")


class Group(NamedTuple):
    """Layers that belong together; `branch` is empty outside of both branches."""

    branch: str
    name: str
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """Of all its layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def shape(self) -> str:
        """What it hands on."""
        return self.layers[-1].shape


def groups_of(layers: tuple[Layer, ...]) -> list[Group]:
    """The groups of a network, in the order in which they run."""
    return [Group(*place, tuple(members)) for place, members in groupby(layers, lambda layer: place_of(layer.path))]


def place_of(path: str) -> tuple[str, str]:
    """Branch and group of a layer; what joins branches is a group of its own, without a name."""
    first, _, rest = path.partition(".")
    return (first, rest.partition(".")[0]) if first in BRANCHES else ("", first)


def words(group: Group) -> str:
    """The layers of a group; a part that comes several times in a row stands there once. Lines break between layers only."""
    depth = 2 if group.branch else 1
    members = [layer for layer in group.layers if layer.kind not in SILENT]
    parts = (
        ", ".join(layer.kind.replace(" ", "\u00a0") for layer in part)
        for _, part in groupby(members, lambda layer: layer.path.split(".")[depth : depth + 1])
    )
    repeats = ((text, len(list(same))) for text, same in groupby(parts))
    return ", ".join(f"{count} × ({text})" if count > 1 else text for text, count in repeats)


def architectures(results: Results) -> list[list[Model]]:
    """The models, those of the same layers together."""
    alike: dict[tuple[Layer, ...], list[Model]] = {}
    for model in results.models.values():
        alike.setdefault(model.layers, []).append(model)
    return list(alike.values())
