"""The whole of params.yaml as one typed tree, and whether its parts fit each other."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from lightcnn.config import Name, Strict, errors
from lightcnn.fuse import group_names
from lightcnn.latency import Timing
from lightcnn.recipe import Fusion, Training
from lightcnn.rooms import Room, load, slot, within
from lightcnn.runtime import Runtime

Faults = list[tuple[tuple[int | str, ...], str]]


class Data(Strict):
    """Which data set, at which size (null: its own), and how much of its training part is kept for validation."""

    source: slot("data")  # type: ignore[valid-type]
    image_size: Annotated[int, Field(ge=4, le=512)] | None = None
    valid_size: int = Field(ge=1)
    split_seed: int = Field(0, ge=0, lt=2**31)


class Params(Strict):
    """params.yaml. `note` is shown wherever a number of this run is shown; `models` are the runs to export, evaluate and report."""

    runtime: Runtime = Field({}, validate_default=True)
    note: str | None = None
    data: Data
    trainings: dict[Name, Training] = Field(min_length=1)
    fusions: dict[Name, Fusion] = Field({})
    models: tuple[Name, ...] = Field(min_length=1)
    latency: Timing = Field({}, validate_default=True)
    figures: tuple[slot("figures"), ...] = ()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = [*self._wrong_models(), *(fault for name in self.fusions for fault in self._wrong_fusion(name)), *self._clashes()]
        if faults:
            raise errors("params", faults)
        return self

    def _wrong_models(self) -> Faults:
        runs = {**self.trainings, **self.fusions}
        faults: Faults = [(("fusions", name), "a training has this name too") for name in self.fusions if name in self.trainings]
        for place, model in enumerate(self.models):
            if model not in runs:
                faults.append((("models", place), f"{model!r} is no run (there are: {', '.join(runs)})"))
            elif model in self.models[:place]:
                faults.append((("models", place), f"{model!r} stands here twice"))
        return faults

    def _wrong_fusion(self, name: str) -> Faults:
        fusion = self.fusions[name]
        unknown = [branch for branch in fusion.branches if branch not in self.trainings]
        if unknown:
            known = ", ".join(self.trainings)
            return [(("fusions", name, "branches"), f"{branch!r} is no training (there are: {known})") for branch in unknown]
        first, second = (self.trainings[branch] for branch in fusion.branches)
        if first.model != second.model:
            text = f"{fusion.branches[0]} and {fusion.branches[1]} are of different architectures; a fusion joins two of the same"
            return [(("fusions", name, "branches"), text)]
        if first.seeds != second.seeds:
            text = f"seeds differ ({list(first.seeds)} and {list(second.seeds)}); seed i of one is joined with seed i of the other"
            return [(("fusions", name, "branches"), text)]
        return _wrong_phases(name, fusion, first)

    def _clashes(self) -> Faults:
        runs = [(("trainings", name), tuple(within(training))) for name, training in self.trainings.items()]
        for name, fusion in self.fusions.items():
            branch = self.trainings.get(fusion.branches[0])
            runs.append((("fusions", name), (*within(fusion), *within(branch and branch.model))))
        return [(place, text) for place, rooms in runs for text in _clashes(rooms)]


def _wrong_phases(name: str, fusion: Fusion, branch: Training) -> Faults:
    """Groups must be unfrozen once each, from the head backwards."""
    order = group_names(branch.model)
    opened: list[str] = []
    for number, phase in enumerate(fusion.phases):
        for group in phase.unfreeze:
            place = ("fusions", name, "phases", number, "unfreeze")
            if group not in order:
                return [(place, f"no group {group!r} (from the head backwards there are: {', '.join(order)})")]
            if order.index(group) != len(opened):
                return [(place, f"{group!r} is out of turn: groups are unfrozen once each, in the order {', '.join(order)}")]
            opened.append(group)
    return []


def _clashes(rooms: Iterable[Room]) -> Iterable[str]:
    """Which of the rooms of a run do not go together, and why; a pair is told once, whichever of the two knows of it."""
    modules = {f"{room.family}.{room.name}": load(room.family, room.name) for room in rooms}
    return {
        frozenset((name, other)): f"{name} does not go with {other}: {reason}"
        for name, module in modules.items()
        for other, reason in getattr(module, "CLASHES", {}).items()
        if other in modules
    }.values()
